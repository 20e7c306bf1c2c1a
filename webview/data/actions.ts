import type { Column, DataViewApi, Dialect, Fix } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import type { Grid } from '../shared/grid';
import { rowChoice, shownColumns } from './choice';
import { type ColumnChart, createColumnChart } from './column-chart';
import { createTextShapes, type TextShapes } from './text-shape';
import type { Act } from './toolbar';

export interface Actions {
  readonly act: (method: Act) => void;
  readonly runFix: (fix: Fix) => void;
  /** The chosen cells to the clipboard; without a format the person is asked for one. */
  readonly copy: (as?: 'tsv') => void;
  readonly exportRows: () => void;
  readonly chooseTable: (table: string) => void;
  /** The chart view of what is shown, of that column when one is named. */
  readonly chart: (column?: string) => void;
  readonly columnChart: ColumnChart;
  readonly textShapes: TextShapes;
  /** Of a table in a source. */
  readonly sourceAct: (act: 'rows' | 'sample') => void;
  readonly setDialect: (dialect: Partial<Dialect> | null) => void;
}

/** What the host does for the view. */
export function createActions(
  host: Connection<DataViewApi>,
  {
    grid,
    columns,
    draw,
    onError,
  }: {
    readonly grid: () => Grid | undefined;
    readonly columns: () => readonly Column[];
    readonly draw: () => void;
    readonly onError: (error: unknown) => void;
  },
): Actions {
  const chart = (column?: string): void => {
    const { filter } = rowChoice(columns());
    host.call('chart', { filter, ...(column === undefined ? {} : { column }) }).catch(onError);
  };
  const shownNames = (): string[] => shownColumns(columns()).shown.map(({ name }) => name);
  return {
    chart,
    columnChart: createColumnChart(host, { draw, onChart: chart }),
    textShapes: createTextShapes(host, draw),
    act(method) {
      host.call(method, {}).catch(onError);
    },
    runFix(fix) {
      host.call('runFix', fix).catch(onError);
    },
    copy(as) {
      const selection = grid()?.selection();
      if (!selection) return;
      const { top, bottom, left, right } = selection;
      const names = shownNames().slice(Math.max(0, left), right + 1);
      if (names.length === 0 || bottom < 0) return;
      const range = { from: Math.max(0, top), to: bottom + 1, columns: names };
      host.call('copy', { ...range, ...rowChoice(columns()), ...(as ? { as } : {}) }).catch(onError);
    },
    sourceAct(act) {
      host.call('sourceAct', { act }).catch(onError);
    },
    setDialect(dialect) {
      host.call('setDialect', { dialect }).catch(onError);
    },
    chooseTable(table) {
      host.call('chooseTable', { table }).catch(onError);
    },
    exportRows() {
      host.call('exportTable', { ...rowChoice(columns()), columns: shownNames() }).catch(onError);
    },
  };
}

/** Keys that hold anywhere in the view: search, the next match, go to a row, copy as, and Escape from the panel at the side. */
export function listenToKeys(
  app: HTMLElement,
  {
    onNext,
    onCopy,
    onLeave,
  }: {
    readonly onNext: (backwards: boolean) => void;
    readonly onCopy: () => void;
    readonly onLeave: () => void;
  },
): void {
  const focus = (selector: string): void => {
    const box = app.querySelector<HTMLInputElement>(selector);
    box?.focus();
    box?.select();
  };
  document.addEventListener('keydown', (event) => {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && !event.shiftKey && key === 'f') focus('#data-search');
    else if (control && !event.shiftKey && key === 'g') focus('#data-go input');
    else if (control && event.shiftKey && key === 'c') onCopy();
    else if (event.key === 'F3') onNext(event.shiftKey);
    else if (event.key === 'Escape' && !event.defaultPrevented && app.querySelector('aside')) onLeave();
    else return;
    event.preventDefault();
  });
}
