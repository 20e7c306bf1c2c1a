import { z } from 'zod';
import { columnField, flagField, listField, textField } from '../fields';
import type { Template } from '../plan';
import { extended, without } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, free, project, take, names, suggestion } from '../step';

const options = z.strictObject({
  column: z.string().describe('A column of nested values'),
  fields: z.array(z.string()).min(1, 'name at least one field').describe('Fields that become columns'),
  prefix: z.string().optional().describe('Put before their names; default: the column and _'),
  keep: z.boolean().default(false).describe('The column itself stays as well'),
});

export const flatten = defineStep({
  kind: 'flatten',
  title: 'Flatten nested values',
  summary: 'Makes columns of the fields of a nested column.',
  help: 'Each field keeps its type. For text that holds JSON use parse_json.',
  example: 'flatten: { column: place, fields: [lat, lon] }',
  sample: [
    ['id', 'place:STRUCT(lat DOUBLE, lon DOUBLE)'],
    [1, '{lat: 51.5, lon: -0.1}'],
    [2, null],
  ],
  group: 'Columns',
  options,
  form: [
    columnField('column', 'Column'),
    listField('fields', 'Fields', { help: 'Comma-separated' }),
    textField('prefix', 'Prefix of the names', { optional: true }),
    flagField('keep', 'Keep the column'),
  ],
  suggest({ columns, target }) {
    return columns.flatMap(({ name, sqlType }) => {
      if (name === target || !sqlType.startsWith('STRUCT(') || sqlType.endsWith(']')) return [];
      const fields = structFields(sqlType);
      if (fields.length === 0) return [];
      return [
        suggestion(
          'flatten',
          { column: name, fields },
          `\`${name}\` holds ${fields.length === 1 ? 'a field' : `${fields.length} fields`} (${names(fields)}); a model learns from columns.`,
        ),
      ];
    });
  },
  compile({ column, fields, prefix = `${column}_`, keep }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'it cannot be taken apart' });
    if (found === undefined) return undefined;
    let schema = keep
      ? context.schema
      : without(context.schema, [column], `step ${context.step + 1} (flatten) took it apart`);
    const added: [string, Template][] = [];
    for (const [k, field] of fields.entries()) {
      const name = `${prefix}${field}`;
      if (!free({ ...context, schema }, name, ['fields', k])) return undefined;
      added.push([name, [`struct_extract(${identifier(column)}, ${text(field)})`]]);
      schema = extended(schema, [{ name, sqlType: '' }]);
    }
    return { transform: project({ drop: keep ? [] : [column], add: added }), schema };
  },
});

/** Names of the fields of a struct's type, those of nested ones left out: `STRUCT(a BIGINT, "b c" STRUCT(d DATE))`. */
function structFields(sqlType: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  const part = /"((?:[^"]|"")*)"|(\w+)|[(),]/gu;
  let expects = false;
  for (const [sign, quoted, word] of sqlType.matchAll(part)) {
    if (sign === '(') expects = ++depth === 1;
    else if (sign === ')') depth -= 1;
    else if (sign === ',') expects = depth === 1;
    else if (expects) {
      fields.push(quoted?.replaceAll('""', '"') ?? word ?? '');
      expects = false;
    }
  }
  return fields;
}
