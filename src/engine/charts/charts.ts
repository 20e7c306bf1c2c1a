import { stat } from 'node:fs/promises';
import type { ChartData, ChartKind, DataChart, ChartProgress, ChartRequest, EngineApi } from '../../protocol';
import type { Handlers } from '../../rpc';
import type { EngineContext } from '../context';
import { drawBar } from './bar';
import { drawBox } from './box';
import { drawCorrelation } from './correlation';
import { plainGroups } from './groups';
import { drawHeatmap } from './heatmap';
import { type ChartRows, heldTables, type Role } from './held';
import { drawHistogram } from './histogram';
import type { DrawKind } from './kind';
import { drawLine } from './line';
import { drawMissing } from './missing';
import { drawScatter } from './scatter';

interface Kind {
  readonly draw: DrawKind;
  /** Fields that it reads; undefined: columns of the whole table. */
  readonly uses?: (chart: DataChart) => readonly Role[];
}

const isAggregate = ({ aggregate = 'count' }: DataChart): boolean => aggregate !== 'count';
const GROUPED = ['colour', 'facet'] as const;

const KINDS: Readonly<Record<ChartKind, Kind>> = {
  histogram: { draw: drawHistogram, uses: () => ['x', ...GROUPED] },
  bar: { draw: drawBar, uses: (chart) => ['x', ...(isAggregate(chart) ? ['y' as const] : []), ...GROUPED] },
  line: { draw: drawLine, uses: (chart) => ['x', ...(isAggregate(chart) ? ['y' as const] : []), ...GROUPED] },
  scatter: { draw: drawScatter, uses: () => ['x', 'y', ...GROUPED] },
  box: { draw: drawBox, uses: () => ['x', 'y', ...GROUPED] },
  heatmap: {
    draw: drawHeatmap,
    uses: (chart) => ['x', 'y', ...(isAggregate(chart) ? ['value' as const] : []), 'facet'],
  },
  correlation: { draw: drawCorrelation },
  missing: { draw: drawMissing },
};

/** The numbers of charts. */
export function createChartHandlers(context: EngineContext): {
  readonly handlers: Pick<Handlers<EngineApi>, 'chart'>;
  dispose(): void;
} {
  const held = heldTables(context);

  async function draw(
    asked: ChartRequest,
    signal: AbortSignal,
    progress: (value: ChartProgress) => void,
  ): Promise<ChartData> {
    progress({ doing: 'Reading the file' });
    const relation =
      'table' in asked
        ? await context.tableRelation(asked.table)
        : await context.relation(asked.source, signal);
    const { chart } = asked;
    const { size, mtimeMs } = await stat(relation.path);
    const key = JSON.stringify([relation.sql, size, mtimeMs]);
    const { draw: drawKind, uses } = KINDS[chart.kind];
    const request = { key, relation, chart, uses: uses?.(chart) };
    return held.use(request, { signal, progress }, async (rows) => {
      const drawn = await drawKind(rows);
      await Promise.all([drawn.colours.drop(), drawn.facets.drop()]);
      return {
        chart: { ...chart, ...drawn.chosen },
        rows: rows.rows,
        matched: drawn.facts.matched,
        drawn: drawn.facts.drawn,
        leftOut: drawn.facts.leftOut,
        rejected: relation.rejected,
        table: relation.columns,
        columns: shownColumns(rows),
        colours: plainGroups(drawn.colours),
        facets: plainGroups(drawn.facets),
        ...(drawn.estimated ? { estimated: drawn.estimated } : {}),
        ...(drawn.moreColumns === undefined ? {} : { moreColumns: drawn.moreColumns }),
        body: drawn.body,
      };
    });
  }

  return {
    handlers: { chart: (request, { signal, progress }) => draw(request, signal, progress) },
    dispose: () => held.dispose(),
  };
}

function shownColumns(rows: ChartRows): ChartData['columns'] {
  const [x, y, value] = [rows.column('x'), rows.column('y'), rows.column('value')];
  return { ...(x ? { x } : {}), ...(y ? { y } : {}), ...(value ? { value } : {}) };
}
