import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { inferColumn, PLAIN } from '../../src/formats/infer';
import { isStandIn, STAND_INS } from '../../src/formats/stand-ins';

it('the runtime of jobs knows the same words for a missing value', () => {
  const python = fs.readFileSync(
    path.join(import.meta.dirname, '../../python/ml_lifecycle/settle.py'),
    'utf8',
  );
  const [, list = ''] = /^STAND_INS = \((.*)\)$/m.exec(python) ?? [];
  expect(JSON.parse(`[${list}]`)).toEqual(STAND_INS);
});

it('a column keeps its type beside them, unless they are most of it', () => {
  const column = (...texts: string[]) => inferColumn(texts, PLAIN);
  expect(column('1', 'N/A', '2')).toEqual({ type: 'BIGINT', odd: true });
  expect(column('1.5', ' - ', '')).toEqual({ type: 'DOUBLE', odd: true });
  expect(column('1', 'NA', 'NA')).toEqual({ type: 'VARCHAR', odd: false });
  expect(column('007', 'NA', '008')).toEqual({ type: 'VARCHAR', odd: false });
  expect(column('1', 'NA', 'none')).toEqual({ type: 'VARCHAR', odd: false });
  expect(column('NA', 'NA')).toEqual({ type: 'VARCHAR', odd: false });
  expect(column('', '')).toEqual({ type: null, odd: false });
  expect([isStandIn('\u00a0n/a\t'), isStandIn('na'), isStandIn('N/A x')]).toEqual([true, false, false]);
});
