// The numbers of a chart as a table: for screen readers, for the terminal, and to be exact.
import type { ChartData, Column } from './protocol';
import { count, number, percent } from './words';
import { axisText, axisTitles, groupTexts, stepText } from './words-chart';

export interface NumbersTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is not in it; '' when all is. */
  readonly note: string;
}

const MOST_ROWS = 300;

/** The chart's numbers as a table. */
export function chartNumbers(data: ChartData, most = MOST_ROWS): NumbersTable {
  const { head, rows } = allNumbers(data);
  const places =
    rows.length <= most
      ? rows
      : Array.from({ length: most }, (_, k) => rows[Math.round((k * (rows.length - 1)) / (most - 1))] ?? []);
  const note = rows.length > most ? `${count(most)} of ${count(rows.length)} lines, evenly chosen.` : '';
  return { head, rows: places, note };
}

const cell = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : number(value, 6);

function allNumbers(data: ChartData): { head: string[]; rows: string[][] } {
  const { body, columns } = data;
  const titles = axisTitles(data);
  const facets = groupTexts(data.facets);
  const facetHead = data.facets.column ? [data.facets.column.name] : [];
  const colours = data.colours.column ? groupTexts(data.colours) : undefined;
  const inFacet = (facet: number): string[] => (data.facets.column ? [facets[facet] ?? ''] : []);
  const lines = (
    place: readonly string[],
    places: readonly (readonly string[])[],
    values: readonly (readonly (readonly (number | null)[])[])[],
  ): { head: string[]; rows: string[][] } => ({
    head: [...facetHead, ...place, ...(colours ?? [titles.y])],
    rows: values.flatMap((panel, f) =>
      places.map((texts, k) => [...inFacet(f), ...texts, ...panel.map((line) => cell(line[k]))]),
    ),
  });
  switch (body.kind) {
    case 'histogram':
      return lines(
        [`${titles.x} from`, 'to'],
        body.edges
          .slice(0, -1)
          .map((from, k) => [axisText(from, columns.x), axisText(body.edges[k + 1] ?? from, columns.x)]),
        body.panels.map(({ counts }) => counts),
      );
    case 'bar':
      return lines(
        [titles.x],
        groupTexts(body.xs).map((one) => [one]),
        body.panels.map(({ values }) => values),
      );
    case 'line':
      return lines(
        [titles.x],
        body.steps.map((ms) => [stepText(ms, body.step)]),
        body.panels.map(({ values }) => values),
      );
    case 'scatter': {
      if (body.shows === 'density') {
        const edge = (edges: readonly number[], k: number, column: Column | undefined): string =>
          `${axisText(edges[k] ?? 0, column)} – ${axisText(edges[k + 1] ?? 0, column)}`;
        return {
          head: [...facetHead, titles.x, titles.y, 'Rows', ...(colours ? ['Most of them'] : [])],
          rows: body.panels.flatMap(({ cells }, f) =>
            cells.map((one) => [
              ...inFacet(f),
              edge(body.xEdges, one.x, columns.x),
              edge(body.yEdges, one.y, columns.y),
              count(one.rows),
              ...(colours ? [colours[one.colour] ?? ''] : []),
            ]),
          ),
        };
      }
      return {
        head: [...facetHead, ...(data.colours.column ? [data.colours.column.name] : []), titles.x, titles.y],
        rows: body.panels.flatMap(({ points }, f) =>
          points.flatMap(({ x, y }, c) =>
            x.map((one, k) => [
              ...inFacet(f),
              ...(colours ? [colours[c] ?? ''] : []),
              axisText(one, columns.x),
              axisText(y[k] ?? NaN, columns.y),
            ]),
          ),
        ),
      };
    }
    case 'box': {
      const value = (one: number): string => axisText(one, columns.y);
      return {
        head: [
          ...facetHead,
          ...(body.xs.column ? [body.xs.column.name] : []),
          ...(data.colours.column ? [data.colours.column.name] : []),
          ...['Rows', 'Smallest', '25 %', 'Median', '75 %', 'Largest', 'Mean', 'Whiskers', 'Outliers'],
        ],
        rows: body.panels.flatMap(({ boxes }, f) =>
          groupTexts(body.xs).flatMap((place, k) =>
            boxes.flatMap((line, c) => {
              const box = line[k];
              if (!box) return [];
              return [
                [
                  ...inFacet(f),
                  ...(body.xs.column ? [place] : []),
                  ...(colours ? [colours[c] ?? ''] : []),
                  count(box.rows),
                  ...[box.min, box.q1, box.median, box.q3, box.max, box.mean].map(value),
                  box.whiskers.map(value).join(' – '),
                  count(box.outliers),
                ],
              ];
            }),
          ),
        ),
      };
    }
    case 'heatmap': {
      const ys = groupTexts(body.ys);
      return {
        head: [...facetHead, `${titles.y} \\ ${titles.x}`, ...groupTexts(body.xs)],
        rows: body.panels.flatMap(({ values }, f) =>
          values.map((line, y) => [...inFacet(f), ys[y] ?? '', ...line.map(cell)]),
        ),
      };
    }
    case 'correlation':
      return {
        head: ['', ...body.columns],
        rows: body.values.map((line, k) => [
          body.columns[k] ?? '',
          ...line.map((value) => (value === null ? '' : value.toFixed(3))),
        ]),
      };
    case 'missing': {
      const all = data.matched;
      const sums = body.columns.map((_, k) => body.values.reduce((sum, line) => sum + (line[k] ?? 0), 0));
      return {
        head: ['Rows', ...body.columns],
        rows: [
          ['all', ...sums.map((sum) => `${count(sum)} (${percent(all === 0 ? 0 : sum / all)})`)],
          ...body.blocks.map(({ from, rows }, k) => [
            `${count(from + 1)} – ${count(from + rows)}`,
            ...(body.values[k] ?? []).map(count),
          ]),
        ],
      };
    }
  }
}
