import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriftColumn, DriftReport } from '../../src/core/monitor';
import type { TableSource } from '../../src/core/table';
import type { EngineContext } from '../../src/engine/context';
import { createDriftHandlers } from '../../src/engine/drift';
import { openSession } from '../../src/engine/duckdb';
import { createMemory } from '../../src/engine/memory';
import { quoteLiteral } from '../../src/engine/sql';
import { testPython } from '../python';

const PYTHON = testPython();
const CASES = [
  'flights-july',
  'flights-february',
  'flights-800',
  'flights-1000',
  'flights-1001',
  'flights-900-july',
  'flights-psi',
  'small',
  'small-new',
  'small-same',
  'large',
  'large-new',
  'border',
  'psi',
];

interface Expected {
  readonly columns: Readonly<Record<string, Pick<DriftColumn, 'test' | 'threshold' | 'score'>>>;
  readonly psi: boolean;
  readonly count: number;
  readonly share: number;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mll drift ü '));
  execFileSync(PYTHON, [path.join(import.meta.dirname, 'drift-reference.py'), folder], { stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const session = (paths: readonly string[]): ReturnType<typeof openSession> =>
  openSession({
    allowedPaths: paths,
    tempDirectory: path.join(folder, 'tmp'),
    memory: createMemory(2 ** 30),
    threads: 2,
  });

const context: EngineContext = {
  session,
  tableRelation: () => Promise.reject(new Error('not used')),
  tempFile: (suffix) => path.join(folder, `temp${suffix}`),
  async relation(source: TableSource) {
    const read = source.path.endsWith('.parquet') ? 'read_parquet(%)' : 'read_csv(%, all_varchar = true)';
    const sql = `SELECT * FROM ${read.replace('%', quoteLiteral(source.path))}`;
    const one = await session([source.path]);
    try {
      const { columns } = await one.all(`${sql} LIMIT 0`);
      return { sql, columns, path: source.path, rejected: 0, rows: null };
    } finally {
      one.close();
    }
  },
};
const handlers = createDriftHandlers(context);
const call = { signal: new AbortController().signal, progress: () => undefined };

function expectAgreement(report: DriftReport, expected: Expected): void {
  expect(report.skipped).toBeUndefined();
  const ours = Object.fromEntries(
    Object.entries(report.columns).map(([name, one]) => [name, [one.test, one.threshold]]),
  );
  expect(ours).toEqual(
    Object.fromEntries(
      Object.entries(expected.columns).map(([name, one]) => [name, [one.test, one.threshold]]),
    ),
  );
  for (const [name, one] of Object.entries(expected.columns)) {
    const score = report.columns[name]?.score ?? NaN;
    expect(Math.abs(score - one.score), `${name}: ${score} and ${one.score}`).toBeLessThan(1e-6);
  }
  expect(Object.values(report.columns).filter((one) => one.drifted)).toHaveLength(expected.count);
  expect(report.share).toBeCloseTo(expected.share, 12);
  expect(report.drifted).toBe(expected.share >= 0.5);
}

describe.each(CASES)('the same numbers as evidently: %s', (name) => {
  const read = (): Expected =>
    JSON.parse(readFileSync(path.join(folder, name, 'expected.json'), 'utf8')) as Expected;

  test('a table', async () => {
    const expected = read();
    const { inputs, prediction } = await handlers.drift(
      {
        reference: path.join(folder, name),
        current: { source: { path: path.join(folder, name, 'current.parquet') } },
        psi: expected.psi,
      },
      call,
    );
    expectAgreement(inputs, expected);
    expect(prediction).toBeNull();
  });

  test('captured requests', async () => {
    const expected = read();
    const { inputs } = await handlers.drift(
      {
        reference: path.join(folder, name),
        current: { captureFiles: [path.join(folder, name, 'capture.jsonl')] },
        psi: expected.psi,
      },
      call,
    );
    expectAgreement(inputs, expected);
  });
});

test('all cases of the reference are compared', () => {
  expect(
    readdirSync(folder)
      .filter((one) => one !== 'tmp')
      .sort(),
  ).toEqual([...CASES].sort());
});

test('the documented numbers of January against July', async () => {
  const { inputs } = await handlers.drift(
    {
      reference: path.join(folder, 'flights-july'),
      current: { source: { path: path.join(folder, 'flights-july', 'current.parquet') } },
    },
    call,
  );
  expect([inputs.referenceRows, inputs.rows]).toEqual([27_004, 29_425]);
  expect(inputs.columns.dep_delay?.score).toBeCloseTo(0.32287414700052164, 9);
  expect(inputs.columns.dest?.score).toBeCloseTo(0.10769669305418329, 9);
});

// ------------------------------------------------------------------ captures, predictions, labels

const LINES = 40;
function capture(file: string): void {
  const lines = Array.from({ length: LINES }, (_, index) =>
    JSON.stringify({
      id: `id-${index}`,
      time: `2026-03-01T00:00:${String(index).padStart(2, '0')}.000Z`,
      version: index < 5 ? 1 : 2,
      input: { 'a/b.c "d"': index % 7, extra: 'ignored', letter: index % 2 === 0 ? 'x' : 'y' },
      prediction: { prediction: index % 4 === 0 ? 'no' : 'yes', probabilities: { yes: 0.7, no: 0.3 } },
      latencyMs: 1.5,
    }),
  );
  const failed = JSON.stringify({ id: 'f', time: '2026-03-01T00:00:30.000Z', version: 2, error: 'bad body' });
  writeFileSync(file, `${[...lines, failed].join('\n')}\n`);
  appendFileSync(file, '{"id":"torn","time":"2026-03-0');
}

async function model(name: string): Promise<string> {
  const target = path.join(folder, 'tmp', `${name}.parquet`);
  const one = await session([target]);
  await one.run(`COPY (
    SELECT (i % 7)::BIGINT AS "a/b.c ""d""", CASE WHEN i % 2 = 0 THEN 'x' ELSE 'y' END AS letter,
           DATE '2026-01-01' + i::INTEGER AS day, CASE WHEN i % 4 = 0 THEN 'no' ELSE 'yes' END AS prediction,
           'text ' || i AS note, NULL::DOUBLE AS empty
    FROM range(140) t(i)) TO ${quoteLiteral(target)} (FORMAT parquet)`);
  one.close();
  return target;
}

describe('captured requests', () => {
  let reference = '';
  let file = '';
  beforeAll(async () => {
    reference = mkdtempSync(path.join(folder, 'tmp', 'model '));
    const { renameSync } = await import('node:fs');
    renameSync(await model('baseline'), path.join(reference, 'baseline.parquet'));
    writeFileSync(path.join(reference, 'signature.json'), '{"task":"classification"}');
    file = path.join(reference, 'capture-1.jsonl');
    capture(file);
  });
  const drift = (
    options: { since?: string; version?: number } = {},
  ): ReturnType<typeof handlers.drift> extends infer R ? Promise<Awaited<R>> : never =>
    Promise.resolve(handlers.drift({ reference, current: { captureFiles: [file], ...options } }, call));

  test('failed requests and a line that is still being written are no rows', async () => {
    const { inputs, prediction } = await drift();
    expect(inputs.rows).toBe(LINES);
    expect(inputs.referenceRows).toBe(140);
    expect(Object.keys(inputs.columns)).toEqual(['a/b.c "d"', 'letter']);
    expect(inputs.columns.letter?.test).toBe('z');
    expect(inputs.columns.letter?.score).toBe(1);
    expect(inputs.columns.letter?.current).toEqual({ x: 20, y: 20 });
    expect(inputs.drifted).toBe(false);
    expect(prediction?.columns.prediction?.test).toBe('z');
    expect(prediction?.columns.prediction?.current).toEqual({ yes: 30, no: 10 });
  });

  test('what is not compared says why', async () => {
    const { inputs } = await drift();
    expect(inputs.skipped).toEqual({
      day: 'Dates move on by themselves, so their drift says nothing.',
      note: 'The new rows have no value in this column.',
      empty: 'The training rows have no value in this column.',
    });
  });

  test("predictions of another version are no part of the prediction's drift", async () => {
    const { prediction } = await drift({ version: 2 });
    expect(prediction?.columns.prediction?.current).toEqual({ yes: 27, no: 8 });
  });

  test('a window; below 30 rows nothing is tested', async () => {
    expect((await drift({ since: '2026-03-01T00:00:10Z' })).inputs).toMatchObject({
      rows: 30,
      tooFew: false,
    });
    const { inputs } = await drift({ since: '2026-03-01T01:00:11+01:00' });
    expect(inputs).toMatchObject({ rows: 29, tooFew: true, drifted: false, columns: {} });
  });

  test('no captures at all', async () => {
    const { inputs } = await handlers.drift({ reference, current: { captureFiles: [] } }, call);
    expect(inputs).toMatchObject({ rows: 0, tooFew: true });
  });

  test('labels by request id; of several for one request the most frequent counts', async () => {
    const labels = path.join(reference, 'labels.csv');
    writeFileSync(labels, 'id,species\nid-0,no\nid-1,no\nid-1,yes\nid-1,yes\nid-39,\nnobody,yes\n');
    const found = await handlers.labelled(
      { captureFiles: [file], labels: { path: labels }, target: 'species' },
      call,
    );
    const pairs = found.actual.map((actual, index) => [actual, found.predicted[index]]);
    expect(pairs.sort()).toEqual([
      ['no', 'no'],
      ['yes', 'yes'],
    ]);
  });

  test('labels by equal input columns', async () => {
    const labels = path.join(reference, 'rows.csv');
    writeFileSync(labels, '"a/b.c ""d""",letter,species,other\n0,x,no,1\n3,y,yes,2\n99,x,no,3\n');
    const found = await handlers.labelled(
      { captureFiles: [file], labels: { path: labels }, target: 'species' },
      call,
    );
    // 0 and x: rows 0, 14, 28; 3 and y: rows 3, 17, 31.
    const pairs = found.actual.map((actual, index) => `${actual} ${found.predicted[index]}`);
    expect(pairs.sort()).toEqual(['no no', 'no no', 'no yes', 'yes yes', 'yes yes', 'yes yes']);
  });

  test('labels without the target, or without anything in common', async () => {
    const labels = path.join(reference, 'wrong.csv');
    writeFileSync(labels, 'something,species\n1,no\n');
    await expect(
      handlers.labelled({ captureFiles: [file], labels: { path: labels }, target: 'weight' }, call),
    ).rejects.toThrow('The labels have no column "weight".');
    await expect(
      handlers.labelled({ captureFiles: [file], labels: { path: labels }, target: 'species' }, call),
    ).rejects.toThrow('share no column');
  });
});

test('traffic: rows of one request count once, with their latency', async () => {
  const file = path.join(folder, 'tmp', 'traffic.jsonl');
  const row = (id: string, time: string, latencyMs: number, error?: object): string =>
    JSON.stringify({
      id,
      time,
      version: 1,
      input: { x: 1 },
      prediction: error ? { prediction: null, error } : { prediction: 'a', error: null },
      latencyMs,
    });
  const lines = [
    row('aa-0', '2026-01-01T00:00:00.000Z', 10),
    row('aa-1', '2026-01-01T00:00:00.000Z', 10, { field: 'x', message: 'is missing' }),
    row('bb-0', '2026-01-01T00:00:30.000Z', 20),
    row('cc-0', '2026-01-01T00:02:00.000Z', 30),
    row('dd-0', '2026-01-01T00:02:04.000Z', 40),
    '{"id":"ee","time":"2026-01-01T00:02:05.000Z","version":1,"error":"no JSON","latencyMs":1}',
  ];
  writeFileSync(file, `${lines.join('\n')}\n{"id":"torn`);
  const all = await handlers.traffic({ captureFiles: [file] }, call);
  expect(all).toEqual({
    requests: 5,
    rows: 5,
    errors: 2,
    latencyMs: { p50: 20, p95: 38, p99: expect.closeTo(39.6, 9) as number },
    timeline: [
      { time: Date.parse('2026-01-01T00:00:00Z'), requests: 1, errors: 1, p95: 10 },
      { time: Date.parse('2026-01-01T00:00:30Z'), requests: 1, errors: 0, p95: 20 },
      {
        time: Date.parse('2026-01-01T00:02:00Z'),
        requests: 2,
        errors: 0,
        p95: expect.closeTo(39.5, 9) as number,
      },
      { time: Date.parse('2026-01-01T00:02:05Z'), requests: 1, errors: 1, p95: 1 },
    ],
  });
  const late = await handlers.traffic({ captureFiles: [file], since: '2026-01-01T01:02:00+01:00' }, call);
  expect(late).toMatchObject({ requests: 3, rows: 2, errors: 1 });
  expect(await handlers.traffic({ captureFiles: [] }, call)).toEqual({
    requests: 0,
    rows: 0,
    errors: 0,
    latencyMs: null,
    timeline: [],
  });
});

test('a package without its baseline says so', async () => {
  await expect(
    handlers.drift({ reference: path.join(folder, 'nowhere'), current: { captureFiles: [] } }, call),
  ).rejects.toMatchObject({ kind: 'notFound' });
});
