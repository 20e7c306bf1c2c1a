/** Charts of a table: what a person asks for (and keeps in a `.chart.yaml` file), and the aggregates that the engine answers with. */
import type { Cell, Column, TableSource } from './core/table';
import type { TimeStep } from './core/time-steps';
import type { Condition, TableId } from './protocol-rows';

export type { TimeStep } from './core/time-steps';

export type ChartKind =
  'histogram' | 'bar' | 'line' | 'scatter' | 'box' | 'heatmap' | 'correlation' | 'missing';

/** `count` counts rows; all others are of a column and leave its missing cells out. */
export type Aggregate = 'count' | 'sum' | 'mean' | 'median' | 'min' | 'max' | 'distinct';

/** A chart of a table; columns by their names. What a kind has no use for is left alone, so that switching back finds it. */
export interface DataChart {
  /** Version of the format. */
  readonly chart: 1;
  readonly kind: ChartKind;
  /** In a file: a dataset's name, or a path relative to the file. */
  readonly data?: string;
  readonly title?: string;
  readonly x?: string;
  readonly y?: string;
  /** Heat map: the column that is aggregated in each cell. */
  readonly value?: string;
  readonly aggregate?: Aggregate;
  readonly colour?: string;
  readonly facet?: string;
  /** Of a histogram, and for each axis of bins of a heat map and of a scatter chart of very many points. */
  readonly bins?: number;
  /** Of dates in a line, a bar or a heat map; absent: as long as the data's span asks for. */
  readonly step?: TimeStep;
  /** Scatter: draw so many points as can be drawn, chosen at random, instead of counting bins. */
  readonly sample?: boolean;
  /** Of the matrices; absent: all that fit. */
  readonly columns?: readonly string[];
  /** Rows that the chart is of; absent: all. */
  readonly filter?: readonly Condition[];
}

/** Some rows that belong together on an axis, in a colour or in a facet. */
export type ChartGroup =
  /** No column divides the rows. */
  | { readonly is: 'all' }
  | { readonly is: 'value'; readonly value: Cell }
  /** Numbers from `min` up to `max`, which belongs to it only when `closed`. */
  | { readonly is: 'range'; readonly min: number; readonly max: number; readonly closed?: true }
  /** A step of a date column from this moment on (ms since 1970 UTC). */
  | { readonly is: 'step'; readonly from: number; readonly step: TimeStep }
  /** All values that have no group of their own: so many different ones. */
  | { readonly is: 'other'; readonly values: number }
  | { readonly is: 'missing' };

export interface ChartGroups {
  /** null: no column divides the rows, and there is one group of all. */
  readonly column: Column | null;
  readonly groups: readonly ChartGroup[];
}

/** Lowest, quartiles and highest, whiskers and what lies beyond them (Tukey 1977: 1.5 interquartile ranges). */
export interface Box {
  readonly rows: number;
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
  readonly mean: number;
  /** The lowest and the highest value that lie within the fences. */
  readonly whiskers: readonly [number, number];
  /** Rows beyond the fences, and the values of those of them that lie farthest out. */
  readonly outliers: number;
  readonly farthest: readonly number[];
}

/** Numbers by colour and then by place; null where there are no rows to aggregate. */
export interface ChartValues {
  readonly values: readonly (readonly (number | null)[])[];
  readonly rows: readonly (readonly number[])[];
}

export interface DensityCell {
  readonly x: number;
  readonly y: number;
  readonly rows: number;
  /** The place of the colour that most of these rows have. */
  readonly colour: number;
}

/** What is drawn; `panels` has one item for each facet. */
export type ChartBody =
  | {
      readonly kind: 'histogram';
      /** n + 1 edges of n bins; a bin holds its lower edge, the last one both unless the column is of integers. */
      readonly edges: readonly number[];
      /** Rows by colour and bin. */
      readonly panels: readonly { readonly counts: readonly (readonly number[])[] }[];
    }
  | { readonly kind: 'bar'; readonly xs: ChartGroups; readonly panels: readonly ChartValues[] }
  | {
      readonly kind: 'line';
      readonly step: TimeStep;
      /** Where each step begins (ms since 1970 UTC), without a gap. */
      readonly steps: readonly number[];
      readonly panels: readonly ChartValues[];
    }
  | {
      readonly kind: 'scatter';
      /** `all`: every row is a point; `sample`: so many as can be drawn. */
      readonly shows: 'all' | 'sample';
      /** Points by colour. */
      readonly panels: readonly {
        readonly points: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[];
      }[];
    }
  | {
      readonly kind: 'scatter';
      readonly shows: 'density';
      readonly xEdges: readonly number[];
      readonly yEdges: readonly number[];
      /** Bins that hold rows. */
      readonly panels: readonly { readonly cells: readonly DensityCell[] }[];
    }
  | {
      readonly kind: 'box';
      readonly xs: ChartGroups;
      /** By colour and category; null: no rows. */
      readonly panels: readonly { readonly boxes: readonly (readonly (Box | null)[])[] }[];
    }
  /** Values by y and x. */
  | {
      readonly kind: 'heatmap';
      readonly xs: ChartGroups;
      readonly ys: ChartGroups;
      readonly panels: readonly ChartValues[];
    }
  | {
      readonly kind: 'correlation';
      readonly columns: readonly string[];
      /** Pearson's coefficients; null where a column does not vary. */
      readonly values: readonly (readonly (number | null)[])[];
      /** Rows in which both columns have a value. */
      readonly rows: readonly (readonly number[])[];
    }
  | {
      readonly kind: 'missing';
      readonly columns: readonly string[];
      /** Blocks of rows in file order: the first row (from 0) and the number of rows of each. */
      readonly blocks: readonly { readonly from: number; readonly rows: number }[];
      /** Missing cells by block and column. */
      readonly values: readonly (readonly number[])[];
    };

export interface ChartData {
  /** As it was drawn: bins and step are filled in. */
  readonly chart: DataChart;
  /** Of the table; those that meet the filter; and those of them that are in the picture. */
  readonly rows: number;
  readonly matched: number;
  readonly drawn: number;
  /** Why the others are not in it. */
  readonly leftOut: readonly {
    readonly column: string;
    readonly why: 'missing' | 'infinite';
    readonly rows: number;
  }[];
  /** Records of the file that are no rows. */
  readonly rejected: number;
  /** All columns of the table, and those that the fields of the chart are. */
  readonly table: readonly Column[];
  readonly columns: Readonly<Partial<Record<'x' | 'y' | 'value', Column>>>;
  readonly colours: ChartGroups;
  readonly facets: ChartGroups;
  /** Quartiles and medians are estimated: there are too many rows to hold. */
  readonly estimated?: true;
  /** Matrices: columns of the table that would fit and are not shown. */
  readonly moreColumns?: number;
  readonly body: ChartBody;
}

/** Progress: {@link ChartProgress}. */
export type ChartRequest = {
  readonly chart: DataChart;
} & ({ readonly table: TableId } | { readonly source: TableSource });

/** `share` is 0 to 1, undefined while it cannot be told. */
export interface ChartProgress {
  readonly doing: string;
  readonly share?: number;
}

export interface ChartViewState {
  /** Of the table. */
  readonly name: string;
  readonly path: string;
  readonly columns: readonly Column[];
  /** The chart of the file that was opened. */
  readonly chart?: DataChart;
  /** Name of that file. */
  readonly file?: string;
  /** What the data view shows: its filter, and a column that the chart is to be of. */
  readonly given: ChartGiven;
  readonly trusted: boolean;
}

export interface ChartGiven {
  readonly filter?: readonly Condition[];
  readonly column?: string;
}

export interface ChartViewApi {
  open(params: object): ChartViewState;
  /** Progress: {@link ChartProgress}. */
  draw(params: { readonly chart: DataChart }): ChartData;
  /** To the file that was opened, or (`as`) one that the person names; its name, undefined when the dialog was closed. */
  save(params: { readonly chart: DataChart; readonly as: boolean }): string | undefined;
  /** `png`: base64. */
  savePicture(params: { readonly png: string; readonly name: string }): string | undefined;
  openData(params: object): void;
  /** Runs the button of a failure. */
  runFix(params: { command: string; args?: readonly unknown[] }): void;
}
/** `changed`: the table or the chart's file changed, or the engine came back. `given`: the data view asks for a chart again. */
export interface ChartViewEvents {
  changed(params: object): void;
  given(params: ChartGiven): void;
}
