import { UserError } from '../core/errors';
import type { Cell, Column } from '../core/table';
import { fittingStep, stepsBetween } from '../core/time-steps';
import type { Box, ChartBody, ChartValues, DataChart, DensityCell } from '../protocol';
import {
  allSteps,
  axisOf,
  type Divided,
  type Role,
  stepSql,
  textOf,
  UNDIVIDED,
} from './bigquery-chart-groups';
import { binSql, edgesOf } from './bigquery-profile';

const HISTOGRAM_BINS = 30;
const SCATTER_BINS = 40;
const MOST_POINTS = 5000;
const STEPS = 400;
const MOST_STEPS = 20_000;
const FARTHEST = 25;
/** Tukey (Exploratory Data Analysis, 1977): beyond so many interquartile ranges from the quartiles a value is an outlier. */
const FENCE = 1.5;

/** What one kind of chart is drawn from. */
export interface Drawing {
  readonly chart: DataChart;
  readonly drawn: number;
  readonly rows: (sql: string) => Promise<readonly (readonly Cell[])[]>;
  /** To stand behind FROM: the rows that are drawn, with `x_v`, `x_x` … for the roles. */
  readonly points: string;
  readonly column: (role: Role) => Column | undefined;
  readonly span: (role: Role) => readonly [number, number];
  readonly xs: Divided;
  readonly ys: Divided;
  readonly colours: Divided;
  readonly facets: Divided;
}

export interface Drawn {
  readonly body: ChartBody;
  readonly chosen?: Partial<DataChart>;
  readonly estimated?: boolean;
  readonly colours?: Divided;
}

export function drawOne(drawing: Drawing): Promise<Drawn> {
  switch (drawing.chart.kind) {
    case 'histogram':
      return histogram(drawing);
    case 'bar':
      return bar(drawing);
    case 'line':
      return line(drawing);
    case 'scatter':
      return scatter(drawing);
    case 'box':
      return box(drawing);
    default:
      return heatmap(drawing);
  }
}

const plain = ({ column, groups }: Divided): { column: Divided['column']; groups: Divided['groups'] } => ({
  column,
  groups,
});

async function histogram({
  chart,
  drawn,
  rows,
  points,
  column,
  span,
  colours,
  facets,
}: Drawing): Promise<Drawn> {
  const { bins = HISTOGRAM_BINS } = chart;
  const [low, high] = span('x');
  const edges = drawn === 0 ? [] : edgesOf(low, high, bins, column('x')?.type === 'integer');
  const counted =
    drawn === 0
      ? []
      : await rows(
          `SELECT ${facets.place} AS f, ${colours.place} AS c, ${binSql(axisOf('x'), edges)} AS k, COUNT(*) AS n\nFROM ${points}\nGROUP BY f, c, k`,
        );
  const panels = facets.groups.map(() => ({
    counts: colours.groups.map(() => new Array<number>(Math.max(0, edges.length - 1)).fill(0)),
  }));
  for (const [f, c, k, n] of counted) {
    const counts = panels[Number(f)]?.counts[Number(c)];
    if (counts) counts[Number(k)] = (counts[Number(k)] ?? 0) + Number(n);
  }
  return { body: { kind: 'histogram', edges, panels }, chosen: { bins } };
}

/** SQL of the aggregate that the chart is of; medians are BigQuery's approximation. */
function aggregateSql({ aggregate = 'count' }: DataChart, role: Role): { sql: string; estimated: boolean } {
  const x = axisOf(role);
  const sql = {
    count: 'COUNT(*)',
    sum: `SUM(${x})`,
    mean: `AVG(${x})`,
    median: `APPROX_QUANTILES(${x}, 2)[OFFSET(1)]`,
    min: `MIN(${x})`,
    max: `MAX(${x})`,
    distinct: `COUNT(DISTINCT ${textOf(role)})`,
  }[aggregate];
  return { sql: `CAST(${sql} AS FLOAT64)`, estimated: aggregate === 'median' };
}

async function bar(drawing: Drawing): Promise<Drawn> {
  const { chart, drawn, rows, points, xs, colours, facets } = drawing;
  const { sql, estimated } = aggregateSql(chart, 'y');
  const cells =
    drawn === 0
      ? []
      : await rows(
          `SELECT ${facets.place} AS f, ${colours.place} AS c, ${xs.place} AS k, COUNT(*) AS n, ${sql} AS v\nFROM ${points}\nGROUP BY f, c, k`,
        );
  const { kept, places } = withRows(
    xs,
    cells.map((one) => Number(one[2])),
  );
  const [first] = kept.groups;
  return {
    body: {
      kind: 'bar',
      xs: plain(kept),
      panels: valuesOf(facets, colours, kept.groups.length, moved(cells, 2, places), null),
    },
    chosen: first?.is === 'step' ? { step: first.step } : {},
    estimated,
  };
}

/** Steps of time that have rows; all others of a bar chart or a heat map would be empty places. */
function withRows(
  of: Divided,
  used: readonly number[],
): { kept: Divided; places: ReadonlyMap<number, number> } {
  const seen = new Set(used);
  const kept = of.groups
    .map((group, place) => ({ group, place }))
    .filter(({ group, place }) => group.is !== 'step' || seen.has(place));
  return {
    kept: { ...of, groups: kept.map(({ group }) => group) },
    places: new Map(kept.map(({ place }, at) => [place, at])),
  };
}

const moved = (
  cells: readonly (readonly Cell[])[],
  at: number,
  places: ReadonlyMap<number, number>,
): Cell[][] =>
  cells.map((row) => row.map((cell, place) => (place === at ? (places.get(Number(cell)) ?? -1) : cell)));

async function line(drawing: Drawing): Promise<Drawn> {
  const { chart, drawn, rows, points, span, colours, facets } = drawing;
  const [low, high] = span('x');
  const step = chart.step ?? fittingStep(low, high, STEPS);
  const many = stepsBetween(low, high, step) * colours.groups.length * facets.groups.length;
  if (many > MOST_STEPS) {
    throw new UserError(
      'invalid',
      `One point for each ${step} makes ${many.toLocaleString('en-US')} points; ${MOST_STEPS.toLocaleString('en-US')} can be drawn.`,
      { fix: 'Choose a longer step, or filter the rows to a shorter time.' },
    );
  }
  const { sql, estimated } = aggregateSql(chart, 'y');
  const steps = drawn === 0 ? [] : allSteps(low, high, step);
  const cells =
    drawn === 0
      ? []
      : await rows(
          `SELECT ${facets.place} AS f, ${colours.place} AS c, ${stepSql(axisOf('x'), step)} AS k, COUNT(*) AS n, ${sql} AS v\nFROM ${points}\nGROUP BY f, c, k`,
        );
  const places = new Map(steps.map((from, k) => [from, k]));
  const { aggregate = 'count' } = chart;
  // Where there are no rows there are none to count and to add up; anything else has no value.
  const none = aggregate === 'count' || aggregate === 'sum' || aggregate === 'distinct' ? 0 : null;
  return {
    body: {
      kind: 'line',
      step,
      steps,
      panels: valuesOf(facets, colours, steps.length, moved(cells, 2, places), none),
    },
    chosen: { step },
    estimated,
  };
}

async function heatmap(drawing: Drawing): Promise<Drawn> {
  const { chart, drawn, rows, points, xs, ys, facets } = drawing;
  const { bins = 20 } = chart;
  const { sql, estimated } = aggregateSql(chart, 'value');
  const cells =
    drawn === 0
      ? []
      : await rows(
          `SELECT ${facets.place} AS f, ${ys.place} AS j, ${xs.place} AS k, COUNT(*) AS n, ${sql} AS v\nFROM ${points}\nGROUP BY f, j, k`,
        );
  const x = withRows(
    xs,
    cells.map((one) => Number(one[2])),
  );
  const y = withRows(
    ys,
    cells.map((one) => Number(one[1])),
  );
  const placed = moved(moved(cells, 2, x.places), 1, y.places);
  return {
    body: {
      kind: 'heatmap',
      xs: plain(x.kept),
      ys: plain(y.kept),
      panels: valuesOf(facets, y.kept, x.kept.groups.length, placed, null),
    },
    chosen: { bins },
    estimated,
    colours: UNDIVIDED,
  };
}

async function scatter(drawing: Drawing): Promise<Drawn> {
  const { chart, drawn, rows, points, span, column, colours, facets } = drawing;
  const placed = `SELECT ${facets.place} AS f, ${colours.place} AS c, ${axisOf('x')} AS x, ${axisOf('y')} AS y\nFROM ${points}`;
  if (drawn > MOST_POINTS && chart.sample !== true) {
    const { bins = SCATTER_BINS } = chart;
    const xEdges = edgesOf(...span('x'), bins, column('x')?.type === 'integer');
    const yEdges = edgesOf(...span('y'), bins, column('y')?.type === 'integer');
    const counted = await rows(
      `SELECT f, c, ${binSql('x', xEdges)} AS i, ${binSql('y', yEdges)} AS j, COUNT(*) AS n\nFROM (${placed})\nGROUP BY f, c, i, j\nORDER BY f, i, j, c`,
    );
    return {
      body: { kind: 'scatter', shows: 'density', xEdges, yEdges, panels: density(counted, facets) },
      chosen: { bins },
    };
  }
  const isAll = drawn <= MOST_POINTS;
  // By their content, so that the same rows are drawn each time.
  const order = `ORDER BY FARM_FINGERPRINT(CONCAT(CAST(x AS STRING), ' ', CAST(y AS STRING))) LIMIT ${MOST_POINTS}`;
  const found = drawn === 0 ? [] : await rows(isAll ? placed : `SELECT * FROM (${placed})\n${order}`);
  const panels = facets.groups.map(() => ({
    points: colours.groups.map(() => ({ x: [] as number[], y: [] as number[] })),
  }));
  for (const [f, c, x, y] of found) {
    const group = panels[Number(f)]?.points[Number(c)];
    group?.x.push(Number(x));
    group?.y.push(Number(y));
  }
  return { body: { kind: 'scatter', shows: isAll ? 'all' : 'sample', panels } };
}

/** Cells with all their rows, in the colour that most of these have. */
function density(counted: readonly (readonly Cell[])[], facets: Divided): { cells: DensityCell[] }[] {
  const panels = facets.groups.map(() => new Map<string, DensityCell & { most: number }>());
  for (const [f, c, i, j, n] of counted) {
    const cells = panels[Number(f)];
    const key = `${String(i)} ${String(j)}`;
    const known = cells?.get(key);
    const rows = Number(n);
    const most = Math.max(known?.most ?? 0, rows);
    const colour = known && known.most >= rows ? known.colour : Number(c);
    cells?.set(key, { x: Number(i), y: Number(j), rows: rows + (known?.rows ?? 0), colour, most });
  }
  return panels.map((cells) => ({
    cells: [...cells.values()].map(({ x, y, rows, colour }) => ({ x, y, rows, colour })),
  }));
}

async function box(drawing: Drawing): Promise<Drawn> {
  const { drawn, rows, points, xs, colours, facets } = drawing;
  const found =
    drawn === 0
      ? []
      : await rows(
          `WITH points AS (
  SELECT ${facets.place} AS f, ${colours.place} AS c, ${xs.place} AS k, ${axisOf('y')} AS y FROM ${points}
), quartiles AS (
  SELECT f, c, k, COUNT(*) AS n, MIN(y) AS low, MAX(y) AS high, AVG(y) AS mean, APPROX_QUANTILES(y, 4) AS q FROM points GROUP BY f, c, k
), fenced AS (
  SELECT f, c, k, n, low, high, mean, q[OFFSET(1)] AS q1, q[OFFSET(2)] AS q2, q[OFFSET(3)] AS q3,
    q[OFFSET(1)] - ${FENCE} * (q[OFFSET(3)] - q[OFFSET(1)]) AS lower, q[OFFSET(3)] + ${FENCE} * (q[OFFSET(3)] - q[OFFSET(1)]) AS upper
  FROM quartiles
)
SELECT f, c, k, ANY_VALUE(n), ANY_VALUE(low), ANY_VALUE(q1), ANY_VALUE(q2), ANY_VALUE(q3), ANY_VALUE(high), ANY_VALUE(mean),
  MIN(IF(y >= lower, y, NULL)), MAX(IF(y <= upper, y, NULL)), COUNTIF(y < lower OR y > upper),
  ARRAY_AGG(IF(y < lower, y, NULL) IGNORE NULLS ORDER BY y LIMIT ${FARTHEST}),
  ARRAY_AGG(IF(y > upper, y, NULL) IGNORE NULLS ORDER BY y DESC LIMIT ${FARTHEST})
FROM points JOIN fenced USING (f, c, k)
GROUP BY f, c, k`,
        );
  const { kept, places } = withRows(
    xs,
    found.map((one) => Number(one[2])),
  );
  const panels = facets.groups.map(() => ({
    boxes: colours.groups.map(() => new Array<Box | null>(kept.groups.length).fill(null)),
  }));
  for (const cells of moved(found, 2, places)) {
    const boxes = panels[Number(cells[0])]?.boxes[Number(cells[1])];
    if (boxes) boxes[Number(cells[2])] = boxOf(cells.slice(3));
  }
  return { body: { kind: 'box', xs: plain(kept), panels }, estimated: true };
}

function boxOf(cells: readonly Cell[]): Box {
  const [rows = 0, min = 0, q1 = 0, median = 0, q3 = 0, max = 0, mean = 0, low = 0, high = 0, outliers = 0] =
    cells.slice(0, 10).map(Number);
  const listed = (json: Cell | undefined): number[] =>
    typeof json === 'string' ? (JSON.parse(json) as (number | string)[]).map(Number) : [];
  const farthest = [...listed(cells[10]), ...listed(cells[11]).toReversed()];
  return { rows, min, q1, median, q3, max, mean, whiskers: [low, high], outliers, farthest };
}

/** Tables of numbers, one for each facet; `cells`: facet, line, place, rows and value of each. */
function valuesOf(
  facets: Divided,
  lines: Divided,
  places: number,
  cells: readonly (readonly Cell[])[],
  none: number | null,
): ChartValues[] {
  const panels = facets.groups.map(() => ({
    values: lines.groups.map(() => new Array<number | null>(places).fill(none)),
    rows: lines.groups.map(() => new Array<number>(places).fill(0)),
  }));
  for (const [facet, group, place, count, value] of cells) {
    const panel = panels[Number(facet)];
    const [values, rows] = [panel?.values[Number(group)], panel?.rows[Number(group)]];
    if (!values || !rows || Number(place) < 0) continue;
    values[Number(place)] = typeof value === 'number' ? value : null;
    rows[Number(place)] = Number(count);
  }
  return panels;
}
