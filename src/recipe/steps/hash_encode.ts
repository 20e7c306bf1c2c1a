import { z } from 'zod';
import { columnsField, flagField, numberField } from '../fields';
import type { Template } from '../plan';
import { extended, without } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  size: z.int().min(2).max(1024).default(16).describe('So many 0/1 columns for each'),
  keep: z.boolean().default(false).describe('The category stays as well'),
});

/** A whole number from 0 to size - 1 of a text: the first 32 bits of its md5. */
export function bucket(value: string, size: number): string {
  return `CAST('0x' || substr(md5(${value}), 1, 8) AS BIGINT) % ${size}`;
}

export const hashEncode = defineStep({
  kind: 'hash_encode',
  title: 'Encode by hash',
  summary: 'Turns categories into a fixed number of 0/1 columns.',
  help: 'For categories without number, new ones among them: each falls into one of the columns by its hash (md5), several into the same. Missing is 0 in all. Nothing is remembered.',
  example: 'hash_encode: { columns: [zip], size: 4 }',
  sample: [['zip'], ['0150'], ['5003'], [null]],
  group: 'Features',
  unsuggested: 'encode names its columns, which a person can read',
  options,
  form: [
    columnsField('columns', 'Columns'),
    numberField('size', 'Columns for each', { optional: true, default: 16 }),
    flagField('keep', 'Keep the category'),
  ],
  compile({ columns, size, keep }, context) {
    const found = take(context, columns, ['columns'], { notTarget: 'training encodes it by itself' });
    if (found === undefined) return undefined;
    let schema = keep
      ? context.schema
      : without(context.schema, columns, `step ${context.step + 1} (hash_encode) made 0/1 columns of it`);
    const added: [string, Template][] = [];
    for (const [k, name] of columns.entries()) {
      const place = bucket(`CAST(${identifier(name)} AS VARCHAR)`, size);
      for (let at = 0; at < size; at += 1) {
        const made = `${name}_h${at}`;
        if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
        added.push([made, [`CAST(coalesce(${place} = ${at}, FALSE) AS BIGINT)`]]);
        schema = extended(schema, [{ name: made, sqlType: 'BIGINT' }]);
      }
    }
    return { transform: project({ drop: keep ? [] : columns, add: added }), schema };
  },
});
