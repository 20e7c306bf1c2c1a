import { z } from 'zod';
import { choiceField, columnsField, NUMBERS, numberField } from '../fields';
import type { Template } from '../plan';
import { isNumeric, retyped } from '../schema';
import { double, finite, identifier } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const METHODS = ['log1p', 'log', 'sqrt', 'yeo_johnson', 'box_cox', 'rank', 'rank_normal'] as const;

const options = z.strictObject({
  columns: columnNames,
  method: z
    .enum(METHODS)
    .default('log1p')
    .describe(
      'log1p: logarithm of 1 + size, with the sign of the number; log, sqrt: of numbers that have one; yeo_johnson, box_cox (of numbers above 0): the power that makes the column most like a normal one; rank: share of training rows below, 0 to 1; rank_normal: the number that has this share below it in the standard normal distribution',
    ),
  power: z.number().optional().describe('With yeo_johnson and box_cox: a power instead of the fitted one'),
});

/** Half-width and number of the powers that are tried, each round about the best of the one before; the first about 0. */
const ROUNDS = [
  { half: 5, count: 41 },
  { half: 0.25, count: 51 },
  { half: 0.01, count: 51 },
  { half: 0.0004, count: 41 },
] as const;
/** Quantiles that rank remembers. */
const RANKS = 100;

export const reshapeNumbers = defineStep({
  kind: 'reshape_numbers',
  title: 'Reshape numbers',
  summary: 'Takes logarithm, root, power or rank of skewed numbers.',
  help: 'A number without a logarithm, root or power becomes missing. yeo_johnson is the formula of Yeo and Johnson (2000), box_cox that of Box and Cox (1964), with the power from -5 to 5 of the highest likelihood to 0.00002; scikit-learn (PowerTransformer with standardize: false) stops its search about as near. rank interpolates between 101 quantiles of the training part; rank_normal is as scikit-learn’s QuantileTransformer with 101 quantiles, at most 5.2 from 0. Numbers are not scaled afterwards.',
  example: 'reshape_numbers: { columns: [income], method: log1p }',
  sample: [['income:DOUBLE'], [0], [99], [-99], [null]],
  group: 'Values',
  unsuggested: 'trees do not need it, and the linear models that are built in scale by themselves',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    choiceField('method', 'Method', METHODS),
    numberField('power', 'Power', {
      help: 'None: fitted',
      optional: true,
      when: { field: 'method', is: ['yeo_johnson', 'box_cox'] },
    }),
  ],
  compile({ columns, method, power }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'predictions would be in another unit than the data',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    const powered = method === 'yeo_johnson' || method === 'box_cox';
    if (power !== undefined && !powered) {
      context.problem({
        message: '"power" is only for "method: yeo_johnson" and "box_cox".',
        path: ['power'],
        key: true,
      });
      return undefined;
    }
    if (found === undefined) return undefined;
    const replaced = columns.map((name): [string, Template] => [name, valueOf(name, method, power)]);
    const fit =
      method === 'rank' || method === 'rank_normal'
        ? rankFit(columns)
        : powered && power === undefined
          ? powerFit(columns, method)
          : undefined;
    return {
      ...(fit === undefined ? {} : { fit }),
      transform: project({ replace: replaced }),
      schema: retyped(context.schema, new Map(columns.map((name) => [name, 'DOUBLE']))),
    };
  },
});

function valueOf(name: string, method: (typeof METHODS)[number], power: number | undefined): Template {
  const x = finite(name);
  switch (method) {
    case 'log1p':
      return [`sign(${x}) * ln(1 + abs(${x}))`];
    case 'log':
      return [`CASE WHEN ${x} > 0 THEN ln(${x}) END`];
    case 'sqrt':
      return [`CASE WHEN ${x} >= 0 THEN sqrt(${x}) END`];
    case 'yeo_johnson':
    case 'box_cox': {
      const p: Template =
        power === undefined ? ['CAST(', { value: `${name}.power` }, ' AS DOUBLE)'] : [double(power)];
      return method === 'box_cox' ? boxCox(x, p) : yeoJohnson(x, p);
    }
    case 'rank':
      return rankOf(name, x);
    case 'rank_normal':
      return ['list_transform([', ...rankOf(name, x), `], lambda p: ${normalQuantile('p')})[1]`];
  }
}

function rankOf(name: string, x: string): Template {
  const q: Template = ['CAST(', { value: `${name}.quantiles` }, ' AS DOUBLE[])'];
  const below: Template = ['len(list_filter(', ...q, `, lambda q: q < ${x}))`];
  const upTo: Template = ['len(list_filter(', ...q, `, lambda q: q <= ${x}))`];
  // Between two quantiles by the distance from both; on a run of equal ones in its middle.
  const at = (place: Template): Template => [...q, '[', ...place, ']'];
  const inside: Template = [
    '(',
    ...upTo,
    ' - 1 + (',
    `${x} - `,
    ...at(upTo),
    ') / (',
    ...at([...upTo, ' + 1']),
    ' - ',
    ...at(upTo),
    `)) / ${RANKS}.0`,
  ];
  return [
    'CASE WHEN len(',
    ...q,
    `) = 0 OR ${x} IS NULL THEN NULL WHEN `,
    ...upTo,
    ' = 0 THEN 0.0 WHEN ',
    ...below,
    ` = ${RANKS + 1} THEN 1.0 WHEN `,
    ...below,
    ' < ',
    ...upTo,
    ' THEN (',
    ...below,
    ' + ',
    ...upTo,
    ` - 1) / ${2 * RANKS}.0 ELSE `,
    ...inside,
    ' END',
  ];
}

/** Yeo and Johnson, "A new family of power transformations to improve normality or symmetry", Biometrika 2000. */
function yeoJohnson<T>(x: string, p: readonly T[]): (string | T)[] {
  return [
    `CASE WHEN ${x} >= 0 THEN CASE WHEN abs(`,
    ...p,
    `) < 1e-9 THEN ln(1 + ${x}) ELSE (pow(1 + ${x}, `,
    ...p,
    ') - 1) / ',
    ...p,
    ` END WHEN ${x} < 0 THEN CASE WHEN abs(`,
    ...p,
    ` - 2) < 1e-9 THEN -ln(1 - ${x}) ELSE -(pow(1 - ${x}, 2 - `,
    ...p,
    ') - 1) / (2 - ',
    ...p,
    ') END END',
  ];
}

/** Box and Cox, "An analysis of transformations", Journal of the Royal Statistical Society B 1964. */
function boxCox<T>(x: string, p: readonly T[]): (string | T)[] {
  return [
    `CASE WHEN ${x} > 0 THEN CASE WHEN abs(`,
    ...p,
    `) < 1e-9 THEN ln(${x}) ELSE (pow(${x}, `,
    ...p,
    ') - 1) / ',
    ...p,
    ' END END',
  ];
}

function powerFit(columns: readonly string[], method: 'yeo_johnson' | 'box_cox'): string {
  const each = columns.map((name) => {
    const cell = finite(name);
    const x = method === 'box_cox' ? `CASE WHEN ${cell} > 0 THEN ${cell} END` : cell;
    const shaped = (method === 'box_cox' ? boxCox('x', ['p']) : yeoJohnson('x', ['p'])).join('');
    const jacobian = method === 'box_cox' ? 'sum(ln(x))' : 'sum(sign(x) * ln(1 + abs(x)))';
    const best = ROUNDS.reduce((centre, { half, count }) => {
      const step = (2 * half) / (count - 1);
      const powers = `SELECT round(c.p - ${double(half)} + r.k * ${double(step)}, 6) AS p FROM (SELECT ${centre} AS p) AS c, range(${count}) AS r(k)`;
      const values = `SELECT p, x, ${shaped} AS y FROM (SELECT ${x} AS x FROM {input}) AS __mll_x, (${powers}) AS __mll_p WHERE x IS NOT NULL`;
      // Log-likelihood of a normal distribution, but for what does not depend on the power.
      const likelihood = `SELECT p, CASE WHEN var_pop(y) > 0 THEN -count(*) / 2.0 * ln(var_pop(y)) + (p - 1) * ${jacobian} END AS l FROM (${values}) AS __mll_v WHERE isfinite(y) AND abs(y) < 1e100 GROUP BY p`;
      return `coalesce((SELECT p FROM (${likelihood}) AS __mll_l WHERE l IS NOT NULL ORDER BY round(l, 9) DESC, abs(p - 1), p LIMIT 1), 1.0)`;
    }, '0');
    return `${best} AS ${identifier(`${name}.power`)}`;
  });
  return `SELECT ${each.join(', ')}`;
}

/**
 * The quantile of the standard normal distribution at a share from 0 to 1, which is kept 1e-7 from both ends. Wichura,
 * "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 1988, to about 1e-16.
 */
function normalQuantile(share: string): string {
  const polynomial = (r: string, factors: readonly string[]): string =>
    factors.reduceRight((inner, factor) => (inner === '' ? factor : `(${factor} + ${r} * ${inner})`), '');
  const kept = `greatest(least(${share}, 1 - 1e-7), 1e-7)`;
  const middle = 'CAST(0.180625 - (s - 0.5) * (s - 0.5) AS DOUBLE)';
  const tail = '(sqrt(-ln(least(s, 1 - s))) - 1.6)';
  const ratio = (r: string, top: readonly string[], bottom: readonly string[]): string =>
    `${polynomial(r, top)} / ${polynomial(r, bottom)}`;
  const inside = `(s - 0.5) * ${ratio(middle, NEAR[0], NEAR[1])}`;
  const outside = `sign(s - 0.5) * ${ratio(tail, FAR[0], FAR[1])}`;
  return `CASE WHEN ${share} IS NOT NULL THEN list_transform([CAST(${kept} AS DOUBLE)], lambda s: CASE WHEN abs(s - 0.5) <= 0.425 THEN ${inside} ELSE ${outside} END)[1] END`;
}

const doubles = (numbers: string): string[] => numbers.split(' ').map((one) => `CAST('${one}' AS DOUBLE)`);
/** AS 241's coefficients a and b (shares from 0.075 to 0.925), and c and d (further out). */
const NEAR = [
  doubles(
    '3.3871328727963666080 133.14166789178437745 1971.5909503065514427 13731.693765509461125 45921.953931549871457 67265.770927008700853 33430.575583588128105 2509.0809287301226727',
  ),
  doubles(
    '1 42.313330701600911252 687.18700749205790830 5394.1960214247511077 21213.794301586595867 39307.895800092710610 28729.085735721942674 5226.4952788528545610',
  ),
] as const;
const FAR = [
  doubles(
    '1.42343711074968357734 4.63033784615654529590 5.76949722146069140550 3.64784832476320460504 1.27045825245236838258 0.241780725177450611770 0.0227238449892691845833 7.74545014278341407640e-4',
  ),
  doubles(
    '1 2.05319162663775882187 1.67638483018380384940 0.689767334985100004550 0.148103976427480074590 0.0151986665636164571966 5.47593808499534494600e-4 1.05075007164441684324e-9',
  ),
] as const;

function rankFit(columns: readonly string[]): string {
  const shares = Array.from({ length: RANKS + 1 }, (_, k) => double(k / RANKS)).join(', ');
  const lists = columns.map(
    (name) =>
      `coalesce(quantile_cont(${finite(name)}, [${shares}]), CAST([] AS DOUBLE[])) AS ${identifier(`${name}.quantiles`)}`,
  );
  return `SELECT ${lists.join(', ')} FROM {input}`;
}
