import { z } from 'zod';
import { columnField, flagField, pairsField } from '../fields';
import type { Template } from '../plan';
import { extended, without } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, free, project, take, names, suggestion } from '../step';

const options = z.strictObject({
  column: z.string().describe('A column of text that holds JSON'),
  fields: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('new column: path, such as $.address.city or $.tags[0]'),
  keep: z.boolean().default(false).describe('The column itself stays as well'),
});

export const parseJson = defineStep({
  kind: 'parse_json',
  title: 'Parse JSON',
  summary: 'Makes columns of values inside a JSON text.',
  help: 'Each pair is `new column: path`. The values come as text (use cast next). Text that is no JSON, and a path that is not there, give a missing value.',
  example: 'parse_json: { column: payload, fields: { city: $.address.city } }',
  sample: [['payload'], ['{"address": {"city": "Oslo"}}'], ['{"address": {}}'], ['{oops']],
  group: 'Columns',
  options,
  form: [
    columnField('column', 'Column'),
    pairsField('fields', 'New column: Path'),
    flagField('keep', 'Keep the column'),
  ],
  suggest({ columns, target }) {
    return columns.flatMap(({ name, type, sqlType, top }) => {
      if ((type !== 'text' && sqlType !== 'JSON') || name === target || top.length === 0) return [];
      const objects = top.map((one) => objectOf(one.value));
      if (objects.includes(undefined)) return [];
      const keys = [...new Set(objects.flatMap((one) => Object.keys(one ?? {})))].filter((key) =>
        /^[A-Za-z_]\w*$/u.test(key),
      );
      const plain = keys
        .filter((key) => !columns.some((one) => one.name.toLowerCase() === key.toLowerCase()))
        .slice(0, MOST_KEYS);
      if (plain.length === 0) return [];
      const fields = Object.fromEntries(plain.map((key) => [key, `$.${key}`]));
      return [
        suggestion(
          'parse_json',
          { column: name, fields },
          `\`${name}\` holds JSON with ${names(plain)}; a model learns from columns.`,
        ),
      ];
    });
  },
  compile({ column, fields, keep }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'it cannot be taken apart' });
    const pairs = Object.entries(fields);
    if (pairs.length === 0) {
      context.problem({ message: 'Give at least one pair `new column: path`.', path: ['fields'] });
      return undefined;
    }
    if (found === undefined) return undefined;
    const cell = `CAST(${identifier(column)} AS VARCHAR)`;
    let schema = keep
      ? context.schema
      : without(context.schema, [column], `step ${context.step + 1} (parse_json) took it apart`);
    const added: [string, Template][] = [];
    for (const [name, path] of pairs) {
      if (!/^\$([.[].*)?$/u.test(String(path))) {
        context.problem({
          message: `A path begins with $, such as $.${String(path)}.`,
          path: ['fields', name],
        });
        return undefined;
      }
      if (!free({ ...context, schema }, name, ['fields', name])) return undefined;
      added.push([
        name,
        [`CASE WHEN json_valid(${cell}) THEN json_extract_string(${cell}, ${text(String(path))}) END`],
      ]);
      schema = extended(schema, [{ name, sqlType: 'VARCHAR' }]);
    }
    return { transform: project({ drop: keep ? [] : [column], add: added }), schema };
  },
});

const MOST_KEYS = 20;

/** The JSON object that a cell holds; undefined where it holds none. */
function objectOf(cell: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof cell !== 'string' || !cell.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(cell);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
