import { z } from 'zod';
import { columnsField, flagField, NUMBERS, numberField } from '../fields';
import type { Template } from '../plan';
import { extended, isNumeric } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  degree: z.int().min(2).max(4).default(2).describe('Highest number of factors'),
  products_only: z.boolean().default(false).describe('Products of different columns only, no powers'),
});

/** More new columns than this are a mistake. */
const MOST = 500;

export const polynomial = defineStep({
  kind: 'polynomial',
  title: 'Powers and products',
  summary: 'Adds powers of numbers and products of several.',
  help: "Columns are named a*b and a^2, as scikit-learn's PolynomialFeatures makes them. A product beyond the range of numbers is missing.",
  example: 'polynomial: { columns: [a, b] }',
  sample: [
    ['a', 'b'],
    [2, 3],
    [null, 5],
  ],
  group: 'Features',
  unsuggested: 'trees find products by themselves; for others it multiplies the columns',
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    numberField('degree', 'Degree', { optional: true, default: 2 }),
    flagField('products_only', 'Products only'),
  ],
  compile({ columns, degree, products_only: productsOnly }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if (found === undefined) return undefined;
    const products = Array.from({ length: degree - 1 }, (_, k) =>
      choose(columns, k + 2, productsOnly),
    ).flat();
    if (products.length > MOST) {
      context.problem({
        message: `That makes ${products.length} columns, more than ${MOST}: name fewer columns, or a lower degree.`,
        path: ['columns'],
      });
      return undefined;
    }
    let schema = context.schema;
    const added: [string, Template][] = [];
    for (const factors of products) {
      const name = nameOf(factors);
      if (!free({ ...context, schema }, name, ['columns'])) return undefined;
      const product = factors.map((one) => `CAST(${identifier(one)} AS DOUBLE)`).join(' * ');
      added.push([name, [`CASE WHEN isfinite(${product}) THEN ${product} END`]]);
      schema = extended(schema, [{ name, sqlType: 'DOUBLE' }]);
    }
    return { transform: project({ add: added }), schema };
  },
});

/** All ways to take so many names, in their order; each at most once where `once`. */
function choose(names: readonly string[], count: number, once: boolean): string[][] {
  if (count === 0) return [[]];
  return names.flatMap((name, k) =>
    choose(names.slice(once ? k + 1 : k), count - 1, once).map((rest) => [name, ...rest]),
  );
}

function nameOf(factors: readonly string[]): string {
  return [...new Set(factors)]
    .map((name) => {
      const power = factors.filter((one) => one === name).length;
      return power === 1 ? name : `${name}^${power}`;
    })
    .join('*');
}
