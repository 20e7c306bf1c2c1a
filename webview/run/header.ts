import { html, nothing, type TemplateResult } from 'lit';
import type { Model, Run, RunStatus } from '../../src/protocol';
import { button, icon, progressBar } from '../shared/controls';
import { count, dateTime } from '../shared/format';
import { elapsed, isActive } from './state';

const STATES: Readonly<Record<RunStatus, { readonly icon: string; readonly word: string }>> = {
  queued: { icon: 'watch', word: 'Queued' },
  starting: { icon: 'loading codicon-modifier-spin', word: 'Starting' },
  running: { icon: 'sync codicon-modifier-spin', word: 'Running' },
  completed: { icon: 'pass-filled', word: 'Completed' },
  failed: { icon: 'error', word: 'Failed' },
  cancelled: { icon: 'circle-slash', word: 'Cancelled' },
};

const KINDS: Readonly<Record<Run['kind'], string>> = {
  prepare: 'Preparation',
  train: 'Training',
  evaluate: 'Evaluation',
  'batch-predict': 'Batch prediction',
};

const PROVIDERS: Readonly<Record<Run['provider'], string>> = {
  local: 'this machine',
  sagemaker: 'Amazon SageMaker',
  vertex: 'Google Vertex AI',
  azureml: 'Azure Machine Learning',
  databricks: 'Databricks',
  watsonx: 'watsonx',
};

export interface RunHeader {
  readonly run: Run;
  readonly model: Model | null;
  readonly now: number;
  readonly cancelling: boolean;
  readonly onCancel: () => void;
  readonly onRerun: () => void;
  readonly onDeploy: () => void;
  readonly onOpenData: () => void;
  readonly onOpenConsole: () => void;
}

/** Name, state and what can be done with the run. */
export function runHeader(header: RunHeader): TemplateResult {
  const { run, model, now, cancelling } = header;
  const state = STATES[run.status];
  const active = isActive(run.status);
  const share = run.progress === undefined ? undefined : Math.min(1, Math.max(0, run.progress));
  return html`<header class="run-header stack">
    <div class="row">
      <div class="grow run-title">
        <h1>${run.name}</h1>
        <p class="muted">
          ${KINDS[run.kind]} on ${PROVIDERS[run.provider]}, ${dateTime(run.started ?? run.submitted)}
        </p>
      </div>
      <div class="row">
        ${
          run.place
            ? button({
                label: 'Open in Console',
                icon: 'link-external',
                kind: 'secondary',
                onClick: header.onOpenConsole,
              })
            : nothing
        }
        ${
          active
            ? button({
                label: cancelling ? 'Cancelling…' : 'Cancel',
                icon: 'debug-stop',
                kind: 'secondary',
                disabled: cancelling,
                onClick: header.onCancel,
              })
            : html`${model ? button({ label: 'Deploy…', icon: 'rocket', onClick: header.onDeploy }) : nothing}
              ${run.dataset ? button({ label: 'Open Data', icon: 'table', onClick: header.onOpenData }) : nothing}
              ${button({ label: 'Run Again', icon: 'debug-restart', kind: 'secondary', onClick: header.onRerun })}`
        }
      </div>
    </div>
    <div class="row run-state">
      <span class="state state-${run.status}" role="status">${icon(state.icon)} ${state.word}</span>
      ${run.stage && active && run.stage !== run.status ? html`<span>${run.stage}</span>` : nothing}
      <span class="muted num">${elapsed(run, now)}</span>
      ${share !== undefined && active ? html`<span class="muted num">${count(Math.floor(share * 100))} %</span>` : nothing}
      ${
        run.spotSaving === undefined
          ? nothing
          : html`<span class="muted num" title="Billed seconds against seconds trained, as AWS says them"
              >Spot saved ${count(Math.round(run.spotSaving * 100))} %</span
            >`
      }
      ${model ? html`<span class="badge">${icon('package')} ${model.name} version ${model.version}</span>` : nothing}
    </div>
    ${active ? progressBar(run.stage ?? state.word, run.status === 'queued' ? undefined : share) : nothing}
  </header>`;
}
