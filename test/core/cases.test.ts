import { describe, expect, test } from 'vitest';
import { createCases } from '../../src/core/cases';
import type { CoreContext } from '../../src/core/context';
import { UserError } from '../../src/core/errors';
import type { Prediction, Row } from '../../src/core/model';

const asked: (readonly Row[])[] = [];
const cases = createCases({} as CoreContext, {
  invoke(_name, rows) {
    asked.push(rows);
    if (rows[0]?.island === 'down') return Promise.reject(new UserError('unavailable', 'It is down.'));
    const prediction: Prediction = { prediction: rows[0]?.island === 'Biscoe' ? 'Gentoo' : 'Adelie' };
    return Promise.resolve({ predictions: [prediction], ids: ['1'], latencyMs: { p50: 3, p95: 3, p99: 3 } });
  },
});

const TEXT = `# what we know
endpoint: penguins
cases:
  # the first one we saw
  - name: small one
    row: { island: Torgersen, bill_length_mm: 39.1, sex: null }
    expect: Adelie # sure
  - name: weight
    row:
      island: Biscoe
    expect: 4200
    tolerance: 0.5
`;

describe('parse', () => {
  test('cases with the line that each begins in, from 0', () => {
    expect(cases.parse(TEXT, 'penguins.cases.yaml')).toEqual({
      endpoint: 'penguins',
      cases: [
        {
          name: 'small one',
          row: { island: 'Torgersen', bill_length_mm: 39.1, sex: null },
          expect: 'Adelie',
          line: 4,
        },
        { name: 'weight', row: { island: 'Biscoe' }, expect: 4200, tolerance: 0.5, line: 7 },
      ],
    });
  });

  test.each([
    ['endpoint: e\ncases:\n  - name: a\n    row: {x: 1}\n', 'line 3: cases, case 1, expect is missing'],
    [
      'endpoint: e\ncases:\n  - name: a\n    row: {x: [1]}\n    expect: 1\n',
      'line 4: cases, case 1, row, x must be text',
    ],
    [
      'endpoint: e\ncases:\n  - name: a\n    row: {}\n    expect: 1\n    tolerence: 1\n',
      'line 6: cases, case 1, tolerence is not known here',
    ],
    [
      'endpoint: e\ncases:\n  - name: a\n    row: {}\n    expect: 1\n    tolerance: -1\n',
      'line 6: cases, case 1, tolerance must not be negative',
    ],
    [
      'endpoint: e\ncases:\n  - name: a\n    row: {}\n    expect: 1\n  - name: a\n    row: {}\n    expect: 1\n',
      'line 6: there is another case named "a"',
    ],
    ['cases: []\n', 'line 1: endpoint is missing'],
    ['endpoint: e\ncases: 5\n', 'line 2: cases must be a list'],
    ['endpoint: e\ncases:\n  - name: "a\n', 'line 4: '],
    ['', 'line 1: endpoint is missing'],
  ])('a mistake names its line: %j', (text, message) => {
    expect(() => cases.parse(text, 'e.cases.yaml')).toThrow(`e.cases.yaml, ${message}`);
  });
});

describe('append', () => {
  test('comments and order stay', () => {
    const after = cases.append(TEXT, 'penguins', {
      name: 'new: one',
      row: { island: 'Ünder' },
      expect: 1.5,
      tolerance: 0.1,
    });
    expect(after.startsWith(TEXT)).toBe(true);
    expect(after.slice(TEXT.length)).toBe(
      '  - name: "new: one"\n    row:\n      island: Ünder\n    expect: 1.5\n    tolerance: 0.1\n',
    );
    expect(cases.parse(after, 'f').cases).toHaveLength(3);
  });

  test('an empty file gets its head; text that looks like a number stays text', () => {
    const row = { zip: '00123', when: '2026-01-02', flag: 'yes', none: null, tilde: '~', number: 7 };
    const text = cases.append('', 'e', { name: 'a', row, expect: 'true' });
    expect(cases.parse(text, 'f')).toEqual({
      endpoint: 'e',
      cases: [{ name: 'a', row, expect: 'true', line: 4 }],
    });
  });

  test('an empty list takes cases', () => {
    const text = cases.append('endpoint: e\ncases: []\n', 'e', { name: 'a', row: { x: 1 }, expect: 2 });
    expect(text).toBe('endpoint: e\ncases:\n  - name: a\n    row:\n      x: 1\n    expect: 2\n');
  });

  test("another endpoint's file and a taken name are refused", () => {
    const one = { name: 'weight', row: {}, expect: 1 };
    expect(() => cases.append(TEXT, 'other', one)).toThrow('of the endpoint "penguins", not of "other"');
    expect(() => cases.append(TEXT, 'penguins', one)).toThrow('There is a case named "weight" already.');
  });
});

describe('check', () => {
  const check = (expect: string | number | boolean | null, prediction: Prediction, tolerance?: number) =>
    cases.check(
      { name: 'a', row: {}, line: 0, expect, ...(tolerance === undefined ? {} : { tolerance }) },
      prediction,
    );
  test.each([
    ['Adelie', { prediction: 'Adelie' }, undefined, true, 'Adelie'],
    ['Adelie', { prediction: 'Gentoo' }, undefined, false, 'Gentoo, expected Adelie'],
    [1, { prediction: '1' }, undefined, true, '1'],
    [1.1, { prediction: 1.2 }, 0.1, true, '1.2, within 0.1 of 1.1'],
    [1.1, { prediction: 1.21 }, 0.1, false, '1.21, not within 0.1 of 1.1'],
    [1.1, { prediction: 1.2 }, undefined, false, '1.2, expected 1.1'],
    [null, { prediction: 'null' }, undefined, false, 'null, expected missing'],
    [
      'x',
      { prediction: null, error: { field: 'age', message: 'is missing' } },
      undefined,
      false,
      'age: is missing',
    ],
  ])('%s and %o', (expected, prediction, tolerance, passed, message) => {
    expect(check(expected, prediction, tolerance)).toEqual({ passed, message });
  });
});

test('a case that cannot be sent fails, the others go on', async () => {
  const seen: unknown[] = [];
  const results = await cases.run(
    'penguins',
    [
      { name: 'a', row: { island: 'Biscoe' }, expect: 'Gentoo', line: 0 },
      { name: 'b', row: { island: 'down' }, expect: 'Gentoo', line: 1 },
      { name: 'c', row: { island: 'Dream' }, expect: 'Gentoo', line: 2 },
    ],
    { onProgress: (value) => seen.push(value) },
  );
  expect(results.map((one) => [one.name, one.passed, one.message])).toEqual([
    ['a', true, 'Gentoo'],
    ['b', false, 'It is down.'],
    ['c', false, 'Adelie, expected Gentoo'],
  ]);
  expect(seen).toEqual([1, 2, 3]);
});
