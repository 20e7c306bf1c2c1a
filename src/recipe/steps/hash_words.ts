import { z } from 'zod';
import { columnField, flagField, numberField, TEXTS } from '../fields';
import type { Template } from '../plan';
import { extended, without } from '../schema';
import { identifier } from '../sql';
import { defineStep, free, project, take } from '../step';
import { bucket } from './hash_encode';

const options = z.strictObject({
  column: z.string().describe('The column of text'),
  size: z.int().min(2).max(4096).default(64).describe('So many columns'),
  words: z.int().min(1).max(3).default(1).describe('Runs of up to so many words are counted'),
  keep: z.boolean().default(false).describe('The text stays as well'),
});

/** The words of a text as a list: two or more letters, digits or _ in a row, in small letters, as scikit-learn takes them. */
export function wordsOf(name: string): string {
  const cell = `lower(coalesce(CAST(${identifier(name)} AS VARCHAR), ''))`;
  return `regexp_extract_all(${cell}, '[\\p{L}\\p{N}_]{2,}')`;
}

export const hashWords = defineStep({
  kind: 'hash_words',
  title: 'Hash words',
  summary: 'Counts the words of a text in a fixed number of columns.',
  help: 'Each word (of two or more letters or digits, in small letters) falls into one of the columns by its hash (md5). With `words: 2` pairs of neighbours count too. Nothing is remembered, so new words are no matter.',
  example: 'hash_words: { column: review, size: 4 }',
  sample: [['review'], ['good good food'], [''], [null]],
  group: 'Features',
  unsuggested: 'tfidf names its words, which a person can read',
  options,
  form: [
    columnField('column', 'Column', TEXTS),
    numberField('size', 'Columns', { optional: true, default: 64 }),
    numberField('words', 'Longest run of words', { optional: true, default: 1 }),
    flagField('keep', 'Keep the text'),
  ],
  compile({ column, size, words, keep }, context) {
    const found = take(context, [column], ['column'], {
      notTarget: 'a request does not carry it',
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    let schema = keep
      ? context.schema
      : without(context.schema, [column], `step ${context.step + 1} (hash_words) counted its words`);
    const added: [string, Template][] = [];
    for (let at = 0; at < size; at += 1) {
      const made = `${column}_w${at}`;
      if (!free({ ...context, schema }, made, ['column'])) return undefined;
      added.push([made, [`CAST(len(list_filter(__mll_buckets, lambda b: b = ${at})) AS BIGINT)`]]);
      schema = extended(schema, [{ name: made, sqlType: 'BIGINT' }]);
    }
    const runs = Array.from({ length: words }, (_, k) =>
      k === 0
        ? '__mll_words'
        : `list_transform(range(1, greatest(1, len(__mll_words) - ${k - 1})), lambda i: ${Array.from({ length: k + 1 }, (_2, d) => `__mll_words[i + ${d}]`).join(` || ' ' || `)})`,
    );
    const all = runs.reduce((sum, run) => `list_concat(${sum}, ${run})`);
    const inner = `SELECT *, ${wordsOf(column)} AS __mll_words FROM {input}`;
    const buckets = `list_transform(${all}, lambda w: ${bucket('w', size)})`;
    return {
      transform: project({
        drop: ['__mll_words', '__mll_buckets', ...(keep ? [] : [column])],
        add: added,
        from: [`(SELECT *, ${buckets} AS __mll_buckets FROM (${inner}) AS __mll_a) AS __mll_b`],
      }),
      schema,
    };
  },
});
