import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { DataViewState, Dialect, ScanProgress } from '../../src/protocol';
import { button, icon, progressBar } from '../shared/controls';
import { bytes, plural } from '../shared/format';
import type { ProfileParts } from '../shared/profile-parts';
import { dialectForm } from './dialect-form';
import { sourceLine } from './source-line';
import {
  badgeText,
  chosenText,
  fileText,
  isText,
  progressText,
  remoteText,
  sourceBadge,
  summingText,
  tableNames,
} from './texts';

export type Phase = 'opening' | 'reading' | 'profiling' | 'stopped' | 'ready';
export type Act = 'preprocess' | 'train' | 'addToDatasets' | 'openAsText' | 'sql';

export interface ToolbarState {
  readonly state: DataViewState;
  readonly phase: Phase;
  readonly progress: ScanProgress | undefined;
  readonly columns: number;
  /** null until all rows were read. */
  readonly rows: number | null;
  /** Rows that were chosen; undefined: all. null: not counted yet. */
  readonly chosen: number | null | undefined;
  /** How far the columns are summed up. */
  readonly parts: ProfileParts;
  /** Of a table in a store: its rows, estimated, and bytes that were fetched. */
  readonly fetched: { readonly bytes: number; readonly requests: number; readonly total: number } | undefined;
  readonly fetching: boolean;
  readonly dialectOpen: boolean;
  readonly onDialect: () => void;
  readonly onDialectChange: (dialect: Partial<Dialect> | null) => void;
  readonly onTable: (table: string) => void;
  readonly act: (method: Act) => void;
  /** Past all buttons, for the keyboard. */
  readonly onSkip: () => void;
  readonly onStop: () => void;
  readonly onFetch: () => void;
  /** Of a table in a source: what is a query there. */
  readonly onProfile: () => void;
  readonly onSourceAct: (act: 'rows' | 'sample') => void;
}

function progressLine(of: ToolbarState): TemplateResult {
  const { phase, progress, parts } = of;
  const summed = parts.all ? parts.all.columns.length / Math.max(1, of.columns) : undefined;
  const sampleRows = parts.sample?.rows;
  const share = progress && progress.totalBytes > 0 ? progress.bytes / progress.totalBytes : undefined;
  const bar =
    phase === 'reading'
      ? html`${progressBar('Reading the file', share)}
          <div class="data-progress-text"><span class="muted">${progressText(progress)}</span></div>`
      : phase === 'profiling'
        ? html`${progressBar('Summing up the columns', summed)}
            <div class="data-progress-text"><span class="muted">${summingText(sampleRows)}</span></div>`
        : nothing;
  const busy = phase === 'reading' || phase === 'profiling';
  return html`<div class="data-progress">
    ${bar}
    ${busy ? button({ label: 'Stop reading', icon: 'debug-stop', kind: 'icon', onClick: of.onStop }) : nothing}
  </div>`;
}

/** The badge says what is seen: chosen rows, a sample, or all of them. */
function badges(of: ToolbarState): TemplateResult | typeof nothing {
  const { state, columns, rows, chosen, fetched } = of;
  if (columns === 0 && rows === null) return nothing;
  const part =
    state.remote && state.remote.part !== 'all'
      ? remoteText(state.remote.part, rows, fetched?.total)
      : state.source && sourceBadge(state.source);
  const text =
    chosen === undefined
      ? (part ?? badgeText(state.first.rows.length, rows))
      : chosenText(chosen, rows, state.remote?.part === 'beginning');
  return html`<span class="badge ${chosen === undefined && part === undefined ? '' : 'badge-part'}"
      >${text}</span
    >
    ${state.remote?.part === 'none' ? nothing : html`<span class="badge">${plural(columns, 'column')}</span>`}`;
}

function remoteLine({ state, fetched, fetching, onFetch }: ToolbarState): TemplateResult | typeof nothing {
  const { remote } = state;
  if (!remote || remote.part === 'all') return nothing;
  return html`<div class="data-remote muted">
    <span
      >${
        remote.part === 'none'
          ? 'A file of this kind can only be read as a whole, and it is not here yet.'
          : remote.part === 'beginning'
            ? 'Only the beginning of this table is here; counts and summaries are of it alone.'
            : 'Rows and columns are fetched when they are shown.'
      }${fetched ? ` Fetched so far: ${bytes(fetched.bytes)} in ${plural(fetched.requests, 'request')}.` : nothing}</span
    >
    ${button({
      label: `Fetch All (${bytes(state.bytes)})`,
      icon: 'cloud-download',
      kind: 'secondary',
      disabled: fetching || !state.trusted,
      title: 'Download the whole table: then it can be sorted, filtered and searched as a whole',
      onClick: onFetch,
    })}
  </div>`;
}

/** What the file is; where it can be read otherwise, a button opens the choices. */
function fileLine({ state, dialectOpen, onDialect }: ToolbarState): TemplateResult {
  const text = fileText(state);
  if (!state.dialect || !state.given) return html`${text}`;
  return html`<button
    class="data-dialect-button"
    aria-expanded=${String(dialectOpen)}
    title="Choose encoding, delimiter, header and more"
    @click=${onDialect}
  >
    ${text}${Object.keys(state.given).length > 0 ? ' · chosen by you' : ''}
    ${icon(dialectOpen ? 'chevron-up' : 'chevron-down')}
  </button>`;
}

/** Which of the file's tables is shown. */
function tableChoice({ state, parts: { all }, onTable }: ToolbarState): TemplateResult | typeof nothing {
  const names = tableNames(state, all?.parts ?? []);
  if (names.length === 0) return nothing;
  const shown = state.table ?? names[0] ?? '';
  return html`<select
    class="data-tables"
    aria-label="Sheet or table"
    title="Which sheet or table of the file is shown"
    .value=${live(shown)}
    @change=${(event: Event) => onTable((event.target as HTMLSelectElement).value)}
  >
    ${names.map((one) => html`<option value=${one} ?selected=${one === shown}>${one}</option>`)}
  </select>`;
}

export function toolbar(of: ToolbarState): TemplateResult {
  const { state, phase, columns, rows, act } = of;
  const isEmpty = columns === 0 ? rows !== null : rows === 0;
  const reason = !state.trusted
    ? 'Trust this folder first: nothing is executed in a restricted one.'
    : state.source
      ? 'This works on files: export the table to Cloud Storage first (Export…).'
      : state.remote?.part === 'none'
        ? 'Fetch the table first.'
        : isEmpty
          ? 'There are no rows to work on.'
          : undefined;
  return html`<header class="data-bar">
    <button class="data-skip" @click=${of.onSkip}>Skip to the Table</button>
    <div class="data-title">
      <h1 title=${state.path}>${state.name}</h1>
      ${badges(of)}
      <div class="data-file muted">${fileLine(of)} ${tableChoice(of)}</div>
    </div>
    <div class="data-buttons row">
      ${button({
        label: 'Preprocess…',
        icon: 'wand',
        disabled: reason !== undefined,
        title: reason ?? 'Clean this data with a recipe',
        onClick: () => act('preprocess'),
      })}
      ${button({
        label: 'Train…',
        icon: 'beaker',
        kind: 'secondary',
        disabled: reason !== undefined,
        title: reason ?? 'Train a model on this data',
        onClick: () => act('train'),
      })}
      ${button({
        label: state.isDataset ? 'In Datasets' : 'Add to Datasets',
        icon: state.isDataset ? 'check' : 'add',
        kind: 'secondary',
        disabled: !state.trusted || state.isDataset,
        title:
          (state.trusted ? undefined : reason) ??
          (state.isDataset ? 'This file is one of the project’s datasets' : 'Keep this file under Datasets'),
        onClick: () => act('addToDatasets'),
      })}
      ${
        !isText(state)
          ? nothing
          : button({
              label: 'Open as Text',
              icon: 'go-to-file',
              kind: 'icon',
              onClick: () => act('openAsText'),
            })
      }
    </div>
    ${
      of.dialectOpen && state.dialect && state.given
        ? dialectForm({ dialect: state.dialect, given: state.given, onChange: of.onDialectChange })
        : nothing
    }
    ${remoteLine(of)}
    ${
      state.source
        ? sourceLine({
            source: state.source,
            busy: phase === 'reading' || phase === 'profiling',
            profiled: of.parts.all !== undefined,
            onProfile: of.onProfile,
            onAct: of.onSourceAct,
          })
        : nothing
    }
    ${progressLine(of)}
    <div class="visually-hidden" role="status">
      ${phase === 'ready' && rows !== null ? `${plural(rows, 'row')} read.` : ''}
    </div>
  </header>`;
}
