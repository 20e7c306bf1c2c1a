import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
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
    'Sent: 2 files, 2.0 KB, to s3://bucket/prefix/',
    '  birds.csv: 3.0 MB (there already)',
    '  code/train.py: 2.0 KB',
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
