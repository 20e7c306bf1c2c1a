import { z } from 'zod';
import type { InvokeResult, Row } from './model';
import { ERROR } from './schemas';

const CELL = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const ANSWER = z.object({
  predictions: z.array(
    z.object({
      prediction: CELL,
      probabilities: z.record(z.string(), z.number()).nullish(),
      error: z.object({ field: z.string(), message: z.string() }).nullish(),
    }),
  ),
  ids: z.array(z.string()),
  model: z.string(),
  version: z.number(),
});
const REFUSAL = z.object({
  error: z.object({
    kind: ERROR.shape.kind.catch('invalid'),
    message: z.string(),
    fix: z.string().nullish(),
  }),
});

/** Rows as an endpoint takes them. JSON has no NaN and would turn it into a missing value in silence: as text the endpoint refuses it by name. */
export function requestBody(rows: readonly Row[]): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** The JSON that our runtime answers with; undefined for any other. `ms` is what the caller waited. */
export function parseAnswer(json: unknown, ms: number): InvokeResult | undefined {
  const answer = ANSWER.safeParse(json);
  if (!answer.success) return undefined;
  const { predictions, ids, model, version } = answer.data;
  return {
    predictions: predictions.map((one) => ({
      prediction: one.prediction,
      ...(one.probabilities ? { probabilities: one.probabilities } : {}),
      ...(one.error ? { error: one.error } : {}),
    })),
    ids,
    latencyMs: { p50: ms, p95: ms, p99: ms },
    model: { name: model, version },
  };
}

/** Why our runtime refused a request as a whole; undefined when it was not our runtime. */
export function parseRefusal(json: unknown): z.infer<typeof REFUSAL>['error'] | undefined {
  return REFUSAL.safeParse(json).data?.error;
}
