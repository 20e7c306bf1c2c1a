import path from 'node:path';
import { LineCounter, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import type { Condition, DataChart } from '../protocol';
import { relativePath } from '../formats/paths';
import { issueProblems } from '../recipe/step';
import { UserError } from './errors';
import { writeText } from './files';

const opt = z.exactOptional;
const column = z.string().min(1);
const not = { not: opt(z.literal(true)) };
const bound = z.union([z.string(), z.number()]);
const CONDITION: z.ZodType<Condition> = z.discriminatedUnion('is', [
  z.strictObject({
    is: z.literal('between'),
    column,
    min: opt(bound),
    max: opt(bound),
    open: opt(z.literal(true)).describe('max itself does not belong to it'),
    ...not,
  }),
  z.strictObject({
    is: z.literal('oneOf'),
    column,
    values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
    ...not,
  }),
  z.strictObject({
    is: z.literal('matching'),
    column,
    text: z.string(),
    pattern: opt(z.strictObject({ regex: opt(z.boolean()), matchCase: opt(z.boolean()) })),
    ...not,
  }),
  z.strictObject({ is: z.literal('missing'), column, ...not }),
  z.strictObject({ is: z.literal('duplicate'), column: z.literal(''), ...not }),
  z
    .strictObject({
      is: z.literal('rows'),
      column: z.literal(''),
      rows: z.array(z.int().min(0)),
      name: z.string(),
      ...not,
    })
    .describe('These rows of the file, from 0: they hold for one state of it alone'),
]);

const CHART = z.strictObject({
  chart: z.literal(1).describe('Version of the format'),
  data: opt(z.string()).describe('A dataset’s name, or the path of a table relative to this file'),
  title: opt(z.string()).describe('Shown above the chart; absent: made of its columns'),
  kind: z
    .enum(['histogram', 'bar', 'line', 'scatter', 'box', 'heatmap', 'correlation', 'missing'])
    .describe('What is drawn'),
  x: opt(column).describe('Column of the horizontal axis: number, category or date'),
  y: opt(column).describe('Column of the vertical axis, or that is aggregated'),
  value: opt(column).describe('Heat map: the column that is aggregated in each cell'),
  aggregate: opt(z.enum(['count', 'sum', 'mean', 'median', 'min', 'max', 'distinct'])).describe(
    'How rows become one number; count is of rows',
  ),
  colour: opt(column).describe('Column that divides the rows by colour'),
  facet: opt(column).describe('Column that divides the rows into pictures beside each other'),
  bins: opt(z.int().min(1).max(200)).describe('Number of bins'),
  step: opt(z.enum(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'])).describe(
    'Length of a step of time',
  ),
  sample: opt(z.boolean()).describe('Scatter: a sample of points instead of counted bins'),
  columns: opt(z.array(column)).describe('Matrices: these columns; absent: all that fit'),
  filter: opt(z.array(CONDITION)).describe('Rows that the chart is of: all conditions hold'),
}) satisfies z.ZodType<DataChart>;

export const isChartFile = (name: string): boolean => /\.chart\.ya?ml$/i.test(name);

/** The chart in the text of a chart file; a UserError with the line when it is none. */
export function parseChart(text: string, file: string): DataChart {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) {
    throw noChart(file, `line ${lines.linePos(broken.pos[0]).line} is no valid YAML: ${broken.message}`);
  }
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw noChart(file, 'it refers to itself too often');
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw noChart(file, 'it begins with “chart: 1” and “kind: …”');
  }
  const parsed = CHART.safeParse(data);
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues
    .flatMap((issue) => issueProblems(issue, CHART))
    .map((one) => one.message);
  throw noChart(file, messages.slice(0, 3).join(' '));
}

function noChart(file: string, why: string): UserError {
  return new UserError('invalid', `${path.basename(file)} is no chart that can be drawn: ${why}`, {
    fix: 'Correct the file as text, or make the chart anew and save it.',
  });
}

/** The chart as the text of a file. */
export function chartText(chart: DataChart): string {
  return stringify(CHART.parse(chart), { lineWidth: 0 });
}

/** Writes the chart to a file; a table beside it is named by its path from there. */
export async function saveChart(file: string, chart: DataChart): Promise<void> {
  const { data } = chart;
  const relative =
    data === undefined || !path.isAbsolute(data) ? data : relativePath(path.dirname(file), data);
  await writeText(file, chartText(relative === undefined ? chart : { ...chart, data: relative }));
}

/** JSON Schema of a chart file, for editors. */
export function chartSchema(): Record<string, unknown> {
  return { title: 'ML Lifecycle chart', ...z.toJSONSchema(CHART, { io: 'input' }) };
}
