import { z } from 'zod';
import { columnsField, TEXTS, wordsField } from '../fields';
import type { Template } from '../plan';
import { extended } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const COUNTS = ['characters', 'words', 'lines', 'digits', 'capitals', 'signs'] as const;
const SQL = {
  characters: (x: string) => `length(${x})`,
  words: (x: string) => `len(regexp_extract_all(${x}, '[\\p{L}\\p{N}_]+'))`,
  lines: (x: string) => `len(regexp_extract_all(${x}, '\\n')) + 1`,
  digits: (x: string) => `len(regexp_extract_all(${x}, '\\p{Nd}'))`,
  capitals: (x: string) => `len(regexp_extract_all(${x}, '\\p{Lu}'))`,
  signs: (x: string) => `len(regexp_extract_all(${x}, '[\\p{P}\\p{S}]'))`,
} as const;

const options = z.strictObject({
  columns: columnNames,
  counts: z.array(z.enum(COUNTS)).min(1).default(['characters', 'words']).describe('What is counted'),
});

export const textCounts = defineStep({
  kind: 'text_counts',
  title: 'Count in text',
  summary: 'Adds how many characters, words, digits … a text has.',
  help: 'Columns are named COLUMN_words and so on. A word is letters, digits and _ in a row; signs are punctuation and symbols.',
  example: 'text_counts: { columns: [review], counts: [words, capitals] }',
  sample: [['review'], ['Great, 10/10!'], [''], [null]],
  group: 'Features',
  unsuggested: 'what a text says is suggested by its words (tfidf); lengths seldom add to it',
  options,
  form: [
    columnsField('columns', 'Columns', TEXTS),
    wordsField('counts', 'Counts', COUNTS, { default: ['characters', 'words'] }),
  ],
  compile({ columns, counts }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    let schema = context.schema;
    const added: [string, Template][] = [];
    for (const [k, name] of columns.entries()) {
      for (const count of new Set(counts)) {
        const made = `${name}_${count}`;
        if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
        added.push([made, [`CAST(${SQL[count](`CAST(${identifier(name)} AS VARCHAR)`)} AS BIGINT)`]]);
        schema = extended(schema, [{ name: made, sqlType: 'BIGINT' }]);
      }
    }
    return { transform: project({ add: added }), schema };
  },
});
