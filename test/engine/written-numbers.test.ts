import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession, type Session } from '../../src/engine/duckdb';
import { createMemory } from '../../src/engine/memory';
import { writtenNumbers } from '../../src/engine/written-numbers';

const folder = mkdtempSync(join(tmpdir(), 'mll-numbers-'));
let session: Session;
beforeAll(async () => {
  session = await openSession({ tempDirectory: folder, memory: createMemory(2 ** 28), threads: 1 });
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true, force: true });
});

const look = (...values: string[]): ReturnType<typeof writtenNumbers> =>
  writtenNumbers(session, `(VALUES ${values.map((one) => `('${one}', 1)`).join(', ')}) t(v, n)`);

test('prices with a currency sign and groups of three digits', async () => {
  expect(await look('€885.29', '€ 1,085.29', '-€3', 'on request', '12 €')).toEqual({
    numericText: 4,
    numericSigns: '€',
    numericThousands: ',',
  });
});

test('per cent', async () => {
  expect(await look('5%', '15 %', '7.5%')).toEqual({ numericText: 3, numericSigns: '%' });
});

test('a decimal comma is no sign between groups', async () => {
  expect(await look('885,29', '1.085,29', '3', '12,5')).toEqual({ numericText: 4, numericThousands: '.' });
});

test('a sign that stands only in a text which is no number is not named', async () => {
  expect(await look('1', '2', '3', 'about $ 4')).toEqual({ numericText: 3 });
});

test('words, dates, versions and addresses are no numbers', async () => {
  expect(await look('a', 'b1', 'cheap', '5 apples')).toBeUndefined();
  expect(await look('2025-06-14', '14/06/2025', '1.2.3', '10.0.0.1')).toBeUndefined();
  expect(await writtenNumbers(session, `(SELECT '' AS v, 1 AS n WHERE false)`)).toBeUndefined();
});

test('cells are counted, not values', async () => {
  const values = `(VALUES ('€5', 30), ('€1,000.5', 2), ('n/a', 7)) t(v, n)`;
  expect(await writtenNumbers(session, values)).toEqual({
    numericText: 32,
    numericSigns: '€',
    numericThousands: ',',
  });
});
