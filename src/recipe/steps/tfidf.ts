import { z } from 'zod';
import { columnField, flagField, numberField, TEXTS } from '../fields';
import { freePrefix, without } from '../schema';
import { defineStep, project, take, suggestion } from '../step';
import { wordsOf } from './hash_words';

const options = z.strictObject({
  column: z.string().describe('The column of text'),
  words: z.int().min(1).max(2000).default(100).describe('Only so many of the commonest words'),
  min_rows: z.int().min(1).default(2).describe('Words in fewer training rows are left out'),
  keep: z.boolean().default(false).describe('The text stays as well'),
});

/** What is free text, and how much of it is suggested. */
const [LEAST_TEXTS, LEAST_WORDS, MOST_WORDS] = [50, 4, 50];

export const tfidf = defineStep({
  kind: 'tfidf',
  title: 'Weigh words (TF-IDF)',
  summary: 'Makes a column for each common word: how often a text has it, rarer words counting more.',
  help: "The words and how rare they are come from the training part. Numbers as scikit-learn's TfidfVectorizer has them: words of two or more letters or digits in small letters, ln((1 + rows) / (1 + rows with the word)) + 1, each row of length 1. Missing text has no words.",
  example: 'tfidf: { column: review, min_rows: 1 }',
  sample: [['review'], ['good food'], ['good'], [null]],
  group: 'Features',
  fits: true,
  options,
  form: [
    columnField('column', 'Column', TEXTS),
    numberField('words', 'Most words', { optional: true, default: 100 }),
    numberField('min_rows', 'In at least so many rows', { optional: true, default: 2 }),
    flagField('keep', 'Keep the text'),
  ],
  suggest({ columns, target, profile }) {
    return columns.flatMap(({ name, type, distinct, missing, top }) => {
      const present = profile.rows - missing;
      if (type !== 'text' || name === target || distinct < LEAST_TEXTS || distinct < present / 2) return [];
      const words = top.map((one) => String(one.value).trim().split(/\s+/u).length);
      const mean = Math.round(words.reduce((sum, one) => sum + one, 0) / Math.max(1, words.length));
      if (mean < LEAST_WORDS) return [];
      const reason = `\`${name}\`: free text (${distinct} different texts of about ${mean} words); its ${MOST_WORDS} commonest words become numbers.`;
      return [suggestion('tfidf', { column: name, words: MOST_WORDS, min_rows: 5 }, reason)];
    });
  },
  compile({ column, words, min_rows: least, keep }, context) {
    const found = take(context, [column], ['column'], {
      notTarget: 'a request does not carry it',
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    const schema = keep
      ? context.schema
      : without(context.schema, [column], `step ${context.step + 1} (tfidf) weighed its words`);
    const prefix = freePrefix(without(schema, [column], ''), `${column}_word`);
    const single = `SELECT unnest(${wordsOf(column)}) AS w, __mll_row AS r FROM {input}`;
    const counted = `SELECT w, count(*) AS n, count(DISTINCT r) AS d FROM (${single}) AS __mll_a GROUP BY w HAVING count(DISTINCT r) >= ${least}`;
    const chosen = `SELECT w, d FROM (${counted}) AS __mll_b QUALIFY row_number() OVER (ORDER BY n DESC, w) <= ${words}`;
    const idf = `ln((1 + (SELECT count(*) FROM {input})) / (1.0 + d)) + 1`;
    const lists = `coalesce(list(w ORDER BY w), CAST([] AS VARCHAR[])) AS "words", coalesce(list(CAST(${idf} AS DOUBLE) ORDER BY w), CAST([] AS DOUBLE[])) AS "weights"`;
    const tokens = `SELECT *, ${wordsOf(column)} AS __mll_words FROM {input}`;
    const transform = project({
      drop: ['__mll_words', '__mll_weights', ...(keep ? [] : [column])],
      from: [],
    });
    transform.pop(); // the FROM, which goes below the columns of words
    transform.push(
      {
        each: 'words',
        body: [
          ', coalesce(__mll_weights[',
          { position: true },
          ' + 1] / nullif(sqrt(list_sum(list_transform(__mll_weights, lambda v: v * v))), 0), 0) AS ',
          { identifier: { prefix, suffix: '' } },
        ],
        join: '',
        empty: '',
      },
      ' FROM (SELECT *, list_transform(CAST(',
      { value: 'words' },
      ' AS VARCHAR[]), lambda w, i: len(list_filter(__mll_words, lambda t: t = w)) * CAST(',
      { value: 'weights' },
      ` AS DOUBLE[])[i]) AS __mll_weights FROM (${tokens}) AS __mll_a) AS __mll_b`,
    );
    return {
      fit: `SELECT ${lists} FROM (${chosen}) AS __mll_c`,
      transform,
      schema: { ...schema, prefixes: [...schema.prefixes, prefix] },
    };
  },
});
