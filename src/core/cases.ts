import { Document, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Cases, EndpointsApi } from './api';
import type { CoreContext } from './context';
import { createEndpoints } from './endpoints';
import { isAbort, toErrorData, UserError } from './errors';
import type { Prediction, Row } from './model';
import type { Case, CaseFile, CaseResult } from './monitor';
import type { Cell } from './table';

const CELL = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be text, a number, true, false or null',
});
const CASE = z.strictObject({
  name: z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' }),
  row: z.record(z.string(), CELL, { error: 'must be a list of columns and their values' }),
  expect: CELL,
  tolerance: z.exactOptional(
    z.number({ error: 'must be a number' }).min(0, { error: 'must not be negative' }),
  ),
});
const FILE = z.strictObject({
  endpoint: z.string({ error: 'must be the name of an endpoint' }).min(1),
  cases: z.array(CASE, { error: 'must be a list' }),
});

/** Saved requests with their expected answers: the files NAME.cases.yaml. */
export function createCases(
  context: CoreContext,
  endpoints: Pick<EndpointsApi, 'invoke'> = createEndpoints(context),
): Cases {
  return {
    parse: parseCases,
    append: appendCase,
    check: checkCase,
    async run(endpoint, cases, call = {}) {
      const results: CaseResult[] = [];
      for (const one of cases) {
        call.signal?.throwIfAborted();
        results.push(await runCase(endpoints, endpoint, one, call.signal));
        call.onProgress?.(results.length);
      }
      return results;
    },
  };
}

function read(
  text: string,
  file: string,
): { document: Document.Parsed; value: z.infer<typeof FILE>; lines: LineCounter } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [mistake] = document.errors;
  if (mistake) throw problem(file, lines.linePos(mistake.pos[0]).line, mistake.message);
  const checked = FILE.safeParse(document.toJS() ?? {});
  if (checked.success) {
    const names = new Set<string>();
    for (const [index, one] of checked.data.cases.entries()) {
      if (names.has(one.name)) {
        throw problem(
          file,
          lineAt(document, lines, ['cases', index]),
          `there is another case named "${one.name}"`,
        );
      }
      names.add(one.name);
    }
    return { document, value: checked.data, lines };
  }
  const [issue] = checked.error.issues;
  const keys = (issue?.path ?? []).filter((key) => typeof key !== 'symbol');
  const path = issue?.code === 'unrecognized_keys' ? [...keys, issue.keys[0] ?? ''] : keys;
  const place = path.map((key) => (typeof key === 'number' ? `case ${key + 1}` : key)).join(', ');
  const absent = path.length > 0 && !document.hasIn(path);
  const reason =
    issue?.code === 'unrecognized_keys'
      ? 'is not known here'
      : absent
        ? 'is missing'
        : (issue?.message ?? 'is not as it should be');
  throw problem(file, lineAt(document, lines, path), `${place === '' ? 'the file' : place} ${reason}`);
}

function parseCases(text: string, file: string): CaseFile {
  const { document, value, lines } = read(text, file);
  return {
    endpoint: value.endpoint,
    cases: value.cases.map((one, index) => ({
      ...one,
      line: lineAt(document, lines, ['cases', index]) - 1,
    })),
  };
}

/** Line (from 1) of the node at the path, or of its nearest parent that is there. */
function lineAt(document: Document.Parsed, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const start: unknown = node.range[0];
      if (typeof start === 'number') return lines.linePos(start).line;
    }
  }
  return 1;
}

function problem(file: string, line: number, reason: string): UserError {
  return new UserError('invalid', `${file}, line ${line}: ${reason}.`, {
    fix: 'A case has a name, a row (column: value), what to expect and, for numbers, a tolerance.',
    actions: [{ title: 'Open File', command: 'mll.openFile', args: [file, line] }],
  });
}

function appendCase(
  text: string,
  endpoint: string,
  one: { name: string; row: Row; expect: Cell; tolerance?: number },
): string {
  const added = {
    name: one.name,
    row: one.row,
    expect: one.expect,
    ...(one.tolerance === undefined ? {} : { tolerance: one.tolerance }),
  };
  if (text.trim() === '') {
    const fresh = new Document({ endpoint, cases: [added] });
    fresh.commentBefore =
      ' Requests with the answers they should get. For numbers a tolerance may stand beside expect.';
    return fresh.toString({ lineWidth: 0 });
  }
  const { document, value } = read(text, 'The file of cases');
  if (value.endpoint !== endpoint) {
    throw new UserError(
      'conflict',
      `The file holds cases of the endpoint "${value.endpoint}", not of "${endpoint}".`,
      {
        fix: 'Save the case into another file.',
      },
    );
  }
  if (value.cases.some((other) => other.name === one.name)) {
    throw new UserError('conflict', `There is a case named "${one.name}" already.`, {
      fix: 'Choose another name, or remove the old case from the file.',
    });
  }
  const list = document.getIn(['cases'], true);
  // An empty list is written as `[]`; what is added shall stand on lines of its own.
  if (isSeq(list)) list.flow = false;
  document.addIn(['cases'], document.createNode(added));
  return document.toString({ lineWidth: 0 });
}

async function runCase(
  endpoints: Pick<EndpointsApi, 'invoke'>,
  endpoint: string,
  one: Case,
  signal: AbortSignal | undefined,
): Promise<CaseResult> {
  try {
    const { predictions, latencyMs } = await endpoints.invoke(endpoint, [one.row], signal);
    const prediction = predictions[0] ?? { prediction: null };
    return { name: one.name, ...checkCase(one, prediction), prediction, latencyMs: latencyMs.p50 };
  } catch (error) {
    if (isAbort(error) || !(error instanceof UserError)) throw error;
    return { name: one.name, passed: false, message: toErrorData(error).message, latencyMs: 0 };
  }
}

function checkCase(one: Case, prediction: Prediction): { passed: boolean; message: string } {
  if (prediction.error) {
    return { passed: false, message: `${prediction.error.field}: ${prediction.error.message}` };
  }
  const { expect, tolerance } = one;
  const got = prediction.prediction;
  if (typeof expect === 'number' && typeof got === 'number' && tolerance !== undefined) {
    const off = Math.abs(got - expect);
    // What a person reads as "within 0.1" shall not fail by the last binary digit.
    const passed = off <= tolerance + Number.EPSILON * Math.max(Math.abs(got), Math.abs(expect));
    const by = `${show(got)}, ${passed ? 'within' : 'not within'} ${show(tolerance)} of ${show(expect)}`;
    return { passed, message: by };
  }
  // A class named 1 may be written as a number or as text.
  const passed = got === expect || (got !== null && expect !== null && String(got) === String(expect));
  return { passed, message: passed ? show(got) : `${show(got)}, expected ${show(expect)}` };
}

function show(cell: Cell): string {
  if (typeof cell === 'number') return String(Number(cell.toPrecision(12)));
  return cell === null ? 'missing' : String(cell);
}
