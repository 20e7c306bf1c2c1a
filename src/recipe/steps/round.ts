import { z } from 'zod';
import { choiceField, columnsField, NUMBERS, numberField } from '../fields';
import { isNumeric, retyped } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  digits: z.int().min(-15).max(15).default(0).describe('Digits after the point; below 0: tens, hundreds'),
  to: z.enum(['nearest', 'down', 'up']).default('nearest').describe('Halves go away from 0'),
});

export const round = defineStep({
  kind: 'round',
  title: 'Round numbers',
  summary: 'Rounds numbers to so many digits.',
  help: 'Down and up mean towards smaller and larger numbers.',
  example: 'round: { columns: [price], digits: 1 }',
  sample: [['price:DOUBLE'], [1.25], [-2.04], [null]],
  group: 'Values',
  unsuggested: 'digits that are there are no harm',
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    numberField('digits', 'Digits', { optional: true, default: 0 }),
    choiceField('to', 'To', ['nearest', 'down', 'up']),
  ],
  compile({ columns, digits, to }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'what is learnt stays as it is',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if (found === undefined) return undefined;
    const value = (name: string): string => {
      const cell = `CAST(${identifier(name)} AS DOUBLE)`;
      if (to === 'nearest') return `round(${cell}, ${digits})`;
      const scale = `CAST('1e${digits}' AS DOUBLE)`;
      return `${to === 'down' ? 'floor' : 'ceil'}(${cell} * ${scale}) / ${scale}`;
    };
    return {
      transform: project({ replace: columns.map((name) => [name, [value(name)]] as const) }),
      schema: retyped(context.schema, new Map(columns.map((name) => [name, 'DOUBLE']))),
    };
  },
});
