import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { agreeOnce } from '../../src/core/agree-once';
import { askToAgree, bytesToSend, costOf, type Estimate, estimateLines } from '../../src/core/estimate';
import { without } from '../../src/core/objects';
import { findSecrets } from '../../src/core/secrets';

const ESTIMATE: Estimate = {
  action: 'Train birds on SageMaker',
  provider: 'sagemaker',
  files: [
    { name: 'birds.csv', bytes: 3 * 1024 * 1024, there: true },
    { name: 'code/train.py', bytes: 2048 },
  ],
  leftOut: ['secret.env', 'data/'],
  secrets: [{ file: 'code/train.py', line: 3, what: 'aws credential' }],
  destination: 's3://bucket/prefix/',
  where: 'account 123456789012, region eu-west-1',
  machine: { type: 'ml.m5.large', count: 2 },
  perHour: { price: 0.115, date: '2026-11-25', source: 'AWS Price List' },
  pricePage: 'https://prices.test',
  maxHours: 1.5,
  stops: 'by itself',
};

test('says what is sent, what not, what it may cost and what ends it', () => {
  expect(estimateLines(ESTIMATE)).toEqual([
    'Sent: 1 file, 2.0 kB, to s3://bucket/prefix/ (1 file there already)',
    '  birds.csv: 3.1 MB (there already)',
    '  code/train.py: 2.0 kB',
    'Not sent: secret.env, data/',
    'Looks like a secret: code/train.py, line 3: aws credential',
    'Where: account 123456789012, region eu-west-1',
    'Machine: 2 × ml.m5.large for at most 90 minutes',
    'Price: USD 0.115 per machine and hour (AWS Price List, 2026-11-25)',
    'Cost: at most USD 0.35',
    'It ends: by itself',
  ]);
  expect(bytesToSend(ESTIMATE)).toBe(2048);
  expect(costOf(ESTIMATE)).toBeCloseTo(0.345, 12);
});

test('where all is there already, nothing is sent, and that is said', () => {
  const there = ESTIMATE.files.slice(0, 1);
  expect(estimateLines({ ...ESTIMATE, files: there })[0]).toBe(
    'Sent: nothing; the 1 file that it needs is in s3://bucket/prefix/ already',
  );
  expect(estimateLines({ ...ESTIMATE, files: [...there, ...there] })[0]).toBe(
    'Sent: nothing; all 2 files that it needs are in s3://bucket/prefix/ already',
  );
});

test('an endpoint has no limit: its price is of a day; an unknown price is said to be unknown', () => {
  const rest = without(ESTIMATE, 'maxHours', 'perHour');
  const endpoint: Estimate = { ...rest, perHour: { price: 0.1, date: '2026-11-25', source: 'from ml.yaml' } };
  expect(costOf(endpoint)).toBeCloseTo(4.8, 12);
  expect(estimateLines(endpoint)).toContain('Cost: USD 4.80 per day');
  expect(costOf(rest)).toBeUndefined();
  expect(estimateLines(rest)).toContain('Price: not known here, see https://prices.test');
});

test('without a yes, or without anybody to ask, it does not go on', async () => {
  await expect(askToAgree({}, ESTIMATE)).rejects.toMatchObject({ kind: 'permission' });
  await expect(askToAgree({ agree: () => Promise.resolve(false) }, ESTIMATE)).rejects.toMatchObject({
    kind: 'cancelled',
  });
  await askToAgree({ agree: () => Promise.resolve(true) }, ESTIMATE);
});

describe('several steps are agreed to at once', () => {
  const score: Estimate = {
    ...ESTIMATE,
    action: 'Evaluate birds on SageMaker',
    files: [
      { name: 'birds.csv', bytes: 3 * 1024 * 1024 },
      { name: 'model birds@1', bytes: 1024 },
    ],
    secrets: [],
    machine: { type: 'ml.m5.large', count: 1 },
    perHour: { price: 0.2, date: '2026-11-25', source: 'AWS Price List' },
    maxHours: 2,
  };
  const serve: Estimate = {
    ...without(score, 'maxHours'),
    action: 'Deploy birds@1',
    notes: ['Requests are kept.'],
  };
  const ask = (answers: readonly boolean[]) => {
    const shown: Estimate[] = [];
    const host = {
      agree: (one: Estimate) => {
        shown.push(one);
        return Promise.resolve(answers[shown.length - 1] ?? false);
      },
    };
    const agree = agreeOnce(host, {
      action: 'Train birds again',
      titles: ['train birds', 'score birds@1', 'score the new model'],
      notes: ['The new model is sent too.'],
      later: () => Promise.resolve([score, score, serve]),
    });
    return { agree, shown };
  };

  test('on one page, with the sum of what the jobs cost and what stays', async () => {
    const { agree, shown } = ask([true]);
    expect([await agree(ESTIMATE), await agree(score), await agree(score), await agree(serve)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.action).toBe('Train birds again');
    expect(shown.flatMap(estimateLines)).toEqual([
      'Sent: 2 files, 3.1 kB, to s3://bucket/prefix/ (1 file there already)',
      '  birds.csv: 3.1 MB (there already)',
      '  code/train.py: 2.0 kB',
      '  model birds@1: 1.0 kB',
      'Not sent: secret.env, data/',
      'Looks like a secret: code/train.py, line 3: aws credential',
      'Where: account 123456789012, region eu-west-1',
      'Steps, one after the other:',
      '  1. train birds: 2 × ml.m5.large for at most 90 minutes, USD 0.115 per machine and hour (AWS Price List, 2026-11-25)',
      '  2. score birds@1: ml.m5.large for at most 2 hours, USD 0.20 per machine and hour (AWS Price List, 2026-11-25)',
      '  3. score the new model: ml.m5.large for at most 2 hours, USD 0.20 per machine and hour (AWS Price List, 2026-11-25)',
      '  4. Deploy birds@1: ml.m5.large, USD 0.20 per machine and hour (AWS Price List, 2026-11-25)',
      // 2 × 1.5 h × 0.115 + 2 × 2 h × 0.20
      'Cost of the jobs: at most USD 1.15 in all',
      'Cost of the endpoint: USD 4.80 per day, as long as it stays',
      'It ends: each job by itself when it is done, at its time limit at the latest, or when you cancel',
      'The new model is sent too.',
      'Requests are kept.',
    ]);
  });

  test('a step that is another than was shown is asked for by itself', async () => {
    const { agree, shown } = ask([true, false, false, false, false]);
    await agree(ESTIMATE);
    const others: Estimate[] = [
      { ...score, machine: { type: 'ml.p3.2xlarge', count: 1 } },
      { ...score, maxHours: 5 },
      { ...score, perHour: { price: 9, date: '2026-11-25', source: 'AWS Price List' } },
      { ...score, secrets: ESTIMATE.secrets },
    ];
    for (const one of others) expect(await agree(one)).toBe(false);
    expect(shown.slice(1)).toEqual(others);
  });
});

test('finds secrets by file and line, and says their kind, never themselves', async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-'));
  const file = path.join(folder, 'config.py');
  // In two parts, so that this file itself holds none.
  const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
  await fs.writeFile(file, `# nothing\nx = 1\nTOKEN = "${token}"\n`);
  const plain = path.join(folder, 'birds.csv');
  await fs.writeFile(plain, 'a,b\n1,2\n');
  const found = await findSecrets([
    { file, name: 'code/config.py' },
    { file: plain, name: 'birds.csv' },
  ]);
  expect(found).toEqual([{ file: 'code/config.py', line: 3, what: 'github credential' }]);
  expect(JSON.stringify(found)).not.toContain(token);
  await fs.rm(folder, { recursive: true });
});
