import { z } from 'zod';
import { py } from '../code';
import { find, isNumeric, kindOf, type Kind } from '../schema';
import { constant, identifier, text } from '../sql';
import { columnNames, defineStep, percent, project, suggestion, take, type StepContext } from '../step';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const options = z.strictObject({
  columns: columnNames,
  values: z.record(z.string(), scalar).describe('old value: new value (null makes the cell missing)'),
  match: z
    .enum(['whole', 'part', 'regex'])
    .default('whole')
    .describe('The whole cell, any part of the text, or a pattern (RE2)'),
});

export const replace = defineStep({
  kind: 'replace',
  title: 'Replace values',
  summary: 'Puts other values in the place of some; null makes a cell missing.',
  help: 'With `whole` a cell equal to the old value is replaced; with `part` and `regex` every occurrence inside a text, one pair after the other.',
  example: 'replace: { columns: [age], values: { -1: null } }',
  sample: [['age'], [31], [-1]],
  group: 'Values',
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', optional: false },
    { name: 'values', label: 'Old value: new value', control: 'pairs', optional: false, nullable: true },
    {
      name: 'match',
      label: 'Match',
      control: 'choice',
      choices: ['whole', 'part', 'regex'],
      optional: true,
      default: 'whole',
    },
  ],
  code({ columns, values, match }, { schema }) {
    const whole = match === 'whole' && columns.every((name) => find(schema, name)?.sqlType === 'VARCHAR');
    if (!whole) return undefined;
    const pairs = Object.entries(values).map(
      ([from, to]) => [from, to === null ? null : String(to)] as const,
    );
    const gone = pairs.flatMap(([from, to]) => (to === null ? [from] : []));
    const changed = Object.fromEntries(pairs.filter(([, to]) => to !== null));
    return {
      pandas: columns.flatMap((name) => {
        const cell = `df[${py(name)}]`;
        return [
          ...(gone.length === 0 ? [] : [`${cell} = ${cell}.mask(${cell}.isin(${py(gone)}))`]),
          ...(gone.length === pairs.length ? [] : [`${cell} = ${cell}.replace(${py(changed)})`]),
        ];
      }),
      polars: [`df = df.with_columns(pl.col(${py(columns)}).replace(${py(Object.fromEntries(pairs))}))`],
    };
  },
  compile({ columns, values, match }, context) {
    const pairs = Object.entries(values);
    const found = take(context, columns, ['columns'], match === 'whole' ? {} : { only: TEXT });
    if (pairs.length === 0)
      context.problem({ message: 'Give at least one pair `old: new`.', path: ['values'] });
    if (found === undefined || pairs.length === 0) return undefined;
    const replaced: [string, string[]][] = [];
    for (const { name, sqlType } of found) {
      const cell = identifier(name);
      const kind = kindOf(sqlType);
      if (match !== 'whole') {
        const value = pairs.reduce(
          (sql, [from, to]) => within(sql, from, to, match),
          kind === 'text' ? cell : `CAST(${cell} AS VARCHAR)`,
        );
        replaced.push([name, [value]]);
        continue;
      }
      if (!pairs.every(([from, to]) => fits(context, kind, name, from, to))) return undefined;
      const type = kind === 'unknown' || kind === 'text' ? 'VARCHAR' : sqlType;
      const compared = kind === 'unknown' ? `CAST(${cell} AS VARCHAR)` : cell;
      const cases = pairs.map(
        ([from, to]) =>
          `WHEN ${compared} = ${constant(from, type)} THEN ${to === null ? 'NULL' : constant(to, type)}`,
      );
      replaced.push([name, [`CASE ${cases.join(' ')} ELSE ${compared} END`]]);
    }
    return { transform: project({ replace: replaced }), schema: context.schema };
  },
  suggest({ columns, profile }) {
    const found = columns.filter(
      (column) => column.type === 'text' && (column.placeholders ?? []).length > 0,
    );
    if (found.length === 0) return [];
    const values = new Set(found.flatMap((column) => (column.placeholders ?? []).map(({ value }) => value)));
    const described = found.slice(0, 4).map(({ name, placeholders = [] }) => {
      const count = placeholders.reduce((sum, one) => sum + one.count, 0);
      const words = placeholders.map(({ value }) => `"${value}"`).join(' or ');
      return `${count} of \`${name}\` ${count === 1 ? 'is' : 'are'} ${words} (${percent(count, profile.rows)})`;
    });
    const more = found.length > 4 ? ` and ${found.length - 4} more columns` : '';
    const reason = `${profile.rows} rows: ${described.join(', ')}${more}; such text stands for a missing value.`;
    const options = {
      columns: found.map((column) => column.name),
      values: Object.fromEntries([...values].map((value) => [value, null])),
    };
    return [suggestion('replace', options, reason)];
  },
});

const TEXT = { test: (kind: Kind) => kind === 'text' || kind === 'unknown', words: 'text' };

function within(sql: string, from: string, to: z.output<typeof scalar>, match: 'part' | 'regex'): string {
  if (to === null) {
    const test =
      match === 'part' ? `contains(${sql}, ${text(from)})` : `regexp_matches(${sql}, ${text(from)})`;
    return `CASE WHEN NOT ${test} THEN ${sql} END`;
  }
  return match === 'part'
    ? `replace(${sql}, ${text(from)}, ${text(String(to))})`
    : `regexp_replace(${sql}, ${text(from)}, ${text(String(to))}, 'g')`;
}

/** True when both values can stand in a column of this kind; else a problem is reported. */
function fits(
  context: StepContext,
  kind: Kind,
  name: string,
  from: string,
  to: z.output<typeof scalar>,
): boolean {
  const report = (value: string, path: readonly string[]): boolean => {
    context.problem({ message: `"${value}" does not fit column "${name}".`, path });
    return false;
  };
  const number = (value: unknown): boolean => String(value).trim() !== '' && Number.isFinite(Number(value));
  const whole = (value: unknown): boolean => /^[+-]?\d+$/u.test(String(value));
  const ok = (value: unknown): boolean => {
    if (kind === 'integer') return whole(value);
    if (kind === 'boolean') return value === 'true' || value === 'false' || typeof value === 'boolean';
    if (kind === 'date' || kind === 'datetime') return /^\d{4}-\d\d-\d\d/u.test(String(value));
    return kind === 'unknown' || !isNumeric(kind) || number(value);
  };
  if (!ok(from)) return report(from, ['values', from]);
  if (to !== null && !ok(to)) return report(String(to), ['values', from]);
  return true;
}
