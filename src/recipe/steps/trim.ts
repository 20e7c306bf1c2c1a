import { z } from 'zod';
import { kindOf } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, names, project, suggestion, take, type Facts } from '../step';

const options = z.strictObject({
  columns: columnNames,
  case: z
    .enum(['keep', 'lower', 'upper'])
    .default('keep')
    .describe('Letters as they are, all small, or all capital'),
  inner: z
    .enum(['keep', 'single'])
    .default('keep')
    .describe('Runs of white space inside the text: keep, or one space each'),
  unicode: z
    .enum(['keep', 'nfc', 'plain'])
    .default('keep')
    .describe('nfc: letters that look alike are written alike; plain: without accents, too'),
  empty: z
    .enum(['missing', 'keep'])
    .default('missing')
    .describe('What becomes of text that is empty afterwards'),
});

export const trim = defineStep({
  kind: 'trim',
  title: 'Trim text',
  summary: 'Takes white space off both ends of text; may also unify case.',
  help: 'White space includes tabs, line ends and the no-break space.',
  example: 'trim: { columns: [city], case: lower }',
  sample: [['city'], [' Oslo '], ['   '], [null]],
  group: 'Values',
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', columnTypes: ['text'], optional: false },
    {
      name: 'case',
      label: 'Case',
      control: 'choice',
      choices: ['keep', 'lower', 'upper'],
      optional: true,
      default: 'keep',
    },
    {
      name: 'inner',
      label: 'White space inside',
      control: 'choice',
      choices: ['keep', 'single'],
      optional: true,
      default: 'keep',
    },
    {
      name: 'unicode',
      label: 'Unicode',
      control: 'choice',
      choices: ['keep', 'nfc', 'plain'],
      optional: true,
      default: 'keep',
    },
    {
      name: 'empty',
      label: 'Empty text',
      control: 'choice',
      choices: ['missing', 'keep'],
      optional: true,
      default: 'missing',
    },
  ],
  compile(chosen, context) {
    const found = take(context, chosen.columns, ['columns'], {
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    const sql = (name: string, sqlType: string): string => {
      const cell = kindOf(sqlType) === 'unknown' ? `CAST(${identifier(name)} AS VARCHAR)` : identifier(name);
      let value = `regexp_replace(${cell}, '^[\\s\\x{00A0}]+|[\\s\\x{00A0}]+$', '', 'g')`;
      if (chosen.inner === 'single') value = `regexp_replace(${value}, '[\\s\\x{00A0}]+', ' ', 'g')`;
      if (chosen.unicode !== 'keep') value = `nfc_normalize(${value})`;
      if (chosen.unicode === 'plain') value = `strip_accents(${value})`;
      if (chosen.case !== 'keep') value = `${chosen.case}(${value})`;
      return chosen.empty === 'missing' ? `nullif(${value}, '')` : value;
    };
    return {
      transform: project({
        replace: found.map(({ name, sqlType }) => [name, [sql(name, sqlType)]] as const),
      }),
      schema: context.schema,
    };
  },
  suggest({ columns, facts }) {
    const text = columns.filter((column) => column.type === 'text');
    const padded = text.filter((column) => (facts?.untrimmed[column.name] ?? 0) > 0);
    const empty = text.filter((column) => blank(column) > 0 && !padded.includes(column));
    if (padded.length + empty.length === 0) return [];
    const counted = (list: typeof text, count: (column: Facts) => number): string =>
      list.length > 5
        ? `Cells of ${names(list.map((column) => column.name))}`
        : list.map((column) => `${count(column)} cells of \`${column.name}\``).join(', ');
    const reasons = [
      ...(padded.length === 0
        ? []
        : [
            `${counted(padded, (column) => facts?.untrimmed[column.name] ?? 0)} have white space around the text, or nothing else`,
          ]),
      ...(empty.length === 0 ? [] : [`${counted(empty, blank)} are empty text, which becomes missing`]),
    ];
    const list = text.filter((column) => padded.includes(column) || empty.includes(column));
    const options = { columns: list.map((column) => column.name) };
    return [suggestion('trim', options, `${reasons.join('; ')}.`)];
  },
});

/** Cells that are empty text, or white space only. */
function blank({ placeholders = [] }: Facts): number {
  return placeholders.find(({ value }) => value === '')?.count ?? 0;
}
