import { z } from 'zod';
import { columnsField, NUMBERS, wordsField } from '../fields';
import type { Template } from '../plan';
import { extended, isNumeric } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const HOW = ['ratio', 'difference', 'sum', 'product'] as const;
const SIGN = { ratio: '/', difference: '-', sum: '+', product: '*' } as const;
const WORD = { ratio: '_per_', difference: '_minus_', sum: '_plus_', product: '_times_' } as const;

const options = z.strictObject({
  columns: columnNames,
  how: z.array(z.enum(HOW)).min(1).default(['ratio']).describe('What is made of each pair'),
});

export const combine = defineStep({
  kind: 'combine',
  title: 'Combine pairs',
  summary: 'Adds ratio, difference, sum or product of each pair of columns.',
  help: 'Each pair once, in the order in which the columns are named: a_per_b. A division by zero gives a missing value.',
  example: 'combine: { columns: [distance, hours], how: [ratio] }',
  sample: [
    ['distance', 'hours'],
    [120, 2],
    [5, 0],
  ],
  group: 'Features',
  unsuggested: 'which ratios mean something is for a person to say',
  options,
  form: [columnsField('columns', 'Columns', NUMBERS), wordsField('how', 'How', HOW, { default: ['ratio'] })],
  compile({ columns, how }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if (found === undefined) return undefined;
    if (columns.length < 2) {
      context.problem({ message: 'Name at least two columns.', path: ['columns'] });
      return undefined;
    }
    let schema = context.schema;
    const added: [string, Template][] = [];
    for (const [k, a] of columns.entries()) {
      for (const b of columns.slice(k + 1)) {
        for (const one of new Set(how)) {
          const name = `${a}${WORD[one]}${b}`;
          if (!free({ ...context, schema }, name, ['columns', k])) return undefined;
          const value = `CAST(${identifier(a)} AS DOUBLE) ${SIGN[one]} CAST(${identifier(b)} AS DOUBLE)`;
          added.push([name, [`CASE WHEN isfinite(${value}) THEN ${value} END`]]);
          schema = extended(schema, [{ name, sqlType: 'DOUBLE' }]);
        }
      }
    }
    return { transform: project({ add: added }), schema };
  },
});
