import { html, nothing, type TemplateResult } from 'lit';
import type { Fix, RecipePreview, RecipeViewState } from '../../src/protocol';
import { button, checkbox, dropdown } from '../shared/controls';
import { bytes as bytesText, count, plural } from '../shared/format';
import type { ChangedRows } from './preview';
import { endpointText, sampleText, splitLack, splitText } from './texts';

export interface HeadActions {
  onTarget(target: string | null): void;
  onUndo(): void;
  onRedo(): void;
  onText(): void;
  onRun(): void;
  onExport(): void;
  onTrain(): void;
}

/** All rows of a table in BigQuery are cleaned there. */
export const RUN_THERE: Fix = { title: 'Run', command: 'mll.recipe.runInBigQuery' };
const RUN_THERE_TITLE = 'The recipe on all rows, where they are; its bytes and price are shown first';

function fileName(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}

/** The top line: whose recipe it is, what is to be predicted, and what can be done with all of it. */
export function head(state: RecipeViewState, running: boolean, actions: HeadActions): TemplateResult {
  const { target } = state.recipe;
  const names = state.columns.map((column) => column.name);
  const options = [
    { value: '', label: '(none)' },
    ...(target !== undefined && !names.includes(target)
      ? [{ value: target, label: `${target} (not in the data)` }]
      : []),
    ...names.map((name) => ({ value: name, label: name })),
  ];
  const broken = state.problems.length > 0;
  return html`<header class="recipe-bar">
    <div class="recipe-title">
      <h1 title=${state.file}>${fileName(state.file)}</h1>
      <span class="muted">for ${state.dataName}${state.saved ? nothing : ' · not saved'}</span>
    </div>
    <div class="recipe-target">
      <span class="muted" aria-hidden="true">Target</span>
      ${dropdown({
        label: 'Target: the column to be predicted',
        hideLabel: true,
        value: target ?? '',
        options,
        onChange: (value) => actions.onTarget(value === '' ? null : value),
      })}
    </div>
    <div class="row recipe-buttons">
      ${button({ label: 'Undo', icon: 'discard', kind: 'icon', disabled: !state.canUndo, onClick: () => actions.onUndo() })}
      ${button({ label: 'Redo', icon: 'redo', kind: 'icon', disabled: !state.canRedo, onClick: () => actions.onRedo() })}
      ${button({ label: 'Open as Text', icon: 'go-to-file', kind: 'icon', onClick: () => actions.onText() })}
      ${button({
        label: 'Export as Code…',
        icon: 'file-code',
        kind: 'icon',
        disabled: broken,
        title: broken
          ? 'Mend the marked steps first'
          : 'As SQL, pandas or polars: a file, a notebook or the clipboard',
        onClick: () => actions.onExport(),
      })}
      ${button({
        label: 'Run on All Rows…',
        kind: 'secondary',
        icon: 'play',
        disabled: running || broken,
        title: broken
          ? 'Mend the marked steps first'
          : state.sample?.inSource
            ? RUN_THERE_TITLE
            : 'Write the cleaned table to a file',
        onClick: () => actions.onRun(),
      })}
      ${button({
        label: 'Train…',
        icon: 'beaker',
        disabled: broken,
        title: broken ? 'Mend the marked steps first' : 'Train a model on the cleaned data',
        onClick: () => actions.onTrain(),
      })}
    </div>
  </header>`;
}

/** How rows are split, and what an endpoint does with the steps: each opens its panel. */
export function factsBar(
  { recipe, served, problems }: RecipeViewState,
  { onSplit, onEndpoint }: { readonly onSplit: () => void; readonly onEndpoint: () => void },
): TemplateResult {
  const lack = splitLack(recipe);
  return html`<div class="row recipe-facts">
    ${button({
      label: `Split: ${splitText(recipe)}`,
      kind: 'secondary',
      className: 'act-split',
      title: 'Which rows a model is tested on',
      onClick: onSplit,
    })}
    ${button({
      label: `Endpoint: ${endpointText(served, problems.length > 0)}`,
      kind: 'secondary',
      className: 'act-endpoint',
      title: 'Which steps an endpoint runs, and what a request must carry',
      onClick: onEndpoint,
    })}
    ${lack === undefined ? nothing : html`<span class="muted" role="note">${lack}</span>`}
  </div>`;
}

/** How far the computation on all rows is; `none`: there are no more than those of the sample, or they are shown. */
export interface AllRows {
  readonly state: 'none' | 'running' | 'offered';
  /** 0 to 1. */
  readonly progress: number;
  readonly onStart: () => void;
  readonly onCancel: () => void;
}

function allRows({ state, progress, onStart, onCancel }: AllRows): TemplateResult | typeof nothing {
  if (state === 'offered')
    return button({ label: 'Compute on All Rows', kind: 'secondary', onClick: onStart });
  if (state === 'none') return nothing;
  return html`<span class="muted" role="status">all rows: ${Math.round(100 * progress)} %</span>
    ${button({ label: 'Cancel the computation on all rows', icon: 'close', kind: 'icon', onClick: onCancel })}`;
}

export interface TableBar {
  readonly preview: RecipePreview | undefined;
  /** Set where no more of the table is here than its beginning. */
  readonly sample: RecipeViewState['sample'];
  /** After which step the table is shown, in words. */
  readonly place: string;
  readonly onlyChanged: boolean;
  readonly changed: ChangedRows | undefined;
  readonly loading: boolean;
  readonly onAll: (() => void) | undefined;
  readonly allRows: AllRows;
  readonly onFix: (fix: Fix) => void;
  onOnlyChanged(on: boolean): void;
}

function changedText(changed: ChangedRows): string {
  const found = plural(changed.rows.length, 'changed row');
  return changed.done ? found : `${found} in the first ${count(changed.seen)} rows`;
}

/** Where the rest of a table lies of which but the beginning is here, and what that means for the steps. */
function sampleLine(
  sample: NonNullable<RecipeViewState['sample']>,
  onFix: (fix: Fix) => void,
): TemplateResult {
  const { uri, bytes, inSource } = sample;
  if (inSource) {
    return html`<div class="row recipe-sample">
      <span class="muted grow"
        >The steps are shown on the first rows of <code>${uri}</code>, which are read without a query.</span
      >
      ${button({
        label: 'Run in BigQuery…',
        kind: 'secondary',
        icon: 'server',
        title: RUN_THERE_TITLE,
        onClick: () => onFix(RUN_THERE),
      })}
    </div>`;
  }
  const fetch = { title: 'Fetch', command: 'mll.dataset.fetch', args: [uri] };
  return html`<div class="row recipe-sample">
    <span class="muted grow"
      >The steps are shown on the beginning of <code>${uri}</code>. A job on the cloud reads all of its rows
      where they lie.</span
    >
    ${button({
      label: `Fetch All (${bytesText(bytes)})…`,
      kind: 'secondary',
      icon: 'cloud-download',
      title: 'Bring the whole table onto this machine',
      onClick: () => onFix(fetch),
    })}
  </div>`;
}

/** The line over the table: which state of it is shown, on how many rows it stands, and what the marks mean. */
export function tableBar(bar: TableBar): TemplateResult {
  const { preview, changed } = bar;
  return html`<div class="table-bar">
    <div class="row">
      <h2>${bar.place}</h2>
      ${bar.onAll ? button({ label: 'Show After All Steps', kind: 'secondary', onClick: bar.onAll }) : nothing}
      ${preview ? html`<span class="badge">${sampleText(preview, bar.sample)}</span>` : nothing}
      ${bar.sample ? nothing : allRows(bar.allRows)}
      ${preview ? html`<span class="badge">${plural(preview.columns.length, 'column')}</span>` : nothing}
      <span class="table-wait" aria-hidden="true" ?hidden=${!bar.loading}></span>
      <span class="visually-hidden" role="status">${bar.loading ? 'The table is computed.' : ''}</span>
    </div>
    ${bar.sample ? sampleLine(bar.sample, bar.onFix) : nothing}
    <div class="row legend">
      <span class="legend-item"><span class="swatch swatch-changed"></span>changed cell</span>
      <span class="legend-item"><span class="swatch swatch-new"></span>new column</span>
      <span class="legend-item"><span class="swatch swatch-dropped">✕</span>dropped row</span>
      ${checkbox({ label: 'Only changed rows', checked: bar.onlyChanged, onChange: (on) => bar.onOnlyChanged(on) })}
      ${changed ? html`<span class="muted" role="status">${changedText(changed)}</span>` : nothing}
    </div>
    ${
      preview && preview.removedColumns.length > 0
        ? html`<div class="row removed">
            <span class="muted">Removed:</span>
            ${preview.removedColumns.map((name) => html`<span class="removed-column">${name}</span>`)}
          </div>`
        : nothing
    }
  </div>`;
}
