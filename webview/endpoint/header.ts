import { html, nothing, type TemplateResult } from 'lit';
import type { Endpoint, EndpointStatus, ErrorData, Fix, Machines, Place, Share } from '../../src/protocol';
import { idleText } from '../../src/words';
import { button, icon, progressRing } from '../shared/controls';
import { errorBanner, notice } from '../shared/error';

const STATES: Readonly<Record<EndpointStatus, { readonly icon: string; readonly word: string }>> = {
  creating: { icon: 'loading codicon-modifier-spin', word: 'Creating' },
  ready: { icon: 'pass-filled', word: 'Ready' },
  updating: { icon: 'sync codicon-modifier-spin', word: 'Updating' },
  failed: { icon: 'error', word: 'Failed' },
  stopped: { icon: 'debug-stop', word: 'Stopped' },
  removed: { icon: 'trash', word: 'Deleted elsewhere' },
};

export interface EndpointHeader {
  readonly endpoint: Endpoint;
  /** What is waited for, or undefined. */
  readonly busy: string | undefined;
  readonly failure: ErrorData | undefined;
  readonly onStart: () => void;
  readonly onStop: () => void;
  /** All requests go to that version (`model@version`). */
  readonly onServe: (reference: string) => void;
  readonly onOpenLog: () => void;
  readonly onOpenConsole: () => void;
  readonly onFix: (fix: Fix) => void;
  readonly onDismiss: () => void;
}

/** Name, state and model; where the endpoint does not answer, why, and a button that starts it. */
export function endpointHeader(header: EndpointHeader): TemplateResult {
  const { endpoint, busy, failure, onStart, onStop, onOpenLog, onFix, onDismiss } = header;
  const { status } = endpoint;
  const state = STATES[status];
  const start = button({ label: 'Start', icon: 'play', disabled: busy !== undefined, onClick: onStart });
  return html`<header class="stack">
    <div class="row">
      <h1 class="grow endpoint-name">${endpoint.name}</h1>
      ${busy ? progressRing(busy) : nothing}
      ${status === 'ready' ? button({ label: 'Stop', icon: 'debug-stop', kind: 'secondary', disabled: busy !== undefined, onClick: onStop }) : nothing}
      ${button({ label: 'Open Log', icon: 'output', kind: 'secondary', onClick: onOpenLog })}
    </div>
    <div class="row endpoint-line">
      <span class="state state-${status}" role="status">${icon(state.icon)} ${state.word}</span>
      ${endpoint.split ? nothing : html`<span>${icon('package')} ${endpoint.model} version ${endpoint.version}</span>`}
      ${endpoint.url && status === 'ready' ? html`<code>${endpoint.url}</code>` : nothing}
    </div>
    ${endpoint.split ? sharesPart(endpoint.split, header) : nothing}
    ${endpoint.place ? placeLine(endpoint, endpoint.place, header.onOpenConsole) : nothing}
    ${
      status === 'stopped'
        ? notice(
            'info',
            html`<p>
                The endpoint is stopped, for example since the machine was restarted. It keeps its model and
                history.
              </p>
              <div class="banner-buttons">${start}</div>`,
          )
        : nothing
    }
    ${
      status === 'failed'
        ? html`${errorBanner(
              endpoint.error ?? {
                kind: 'unavailable',
                message: 'The endpoint ended unexpectedly.',
                fix: 'Its log may tell why.',
              },
              { onFix },
            )}
            <div>${start}</div>`
        : nothing
    }
    ${status === 'ready' && endpoint.error ? errorBanner(endpoint.error, { onFix }) : nothing}
    ${
      status === 'removed'
        ? html`${notice('warning', 'This endpoint was deleted elsewhere. Start deploys its model again; or remove it from the list of endpoints.')}
            <div>${start}</div>`
        : nothing
    }
    ${failure ? errorBanner(failure, { onFix, onDismiss }) : nothing}
  </header>`;
}

/** The versions that answer beside each other, the larger share first, and the way to one of them alone. */
function sharesPart(
  shares: readonly Share[],
  { busy, onServe }: Pick<EndpointHeader, 'busy' | 'onServe'>,
): TemplateResult {
  return html`<ul class="shares" aria-label="Shares of the requests">
    ${shares.map(
      ({ model, version, percent }) =>
        html`<li class="row">
          <span class="num share-percent">${percent} %</span>
          <span class="share-bar" aria-hidden="true"><span .style=${`width:${percent}%`}></span></span>
          <span class="grow">${icon('package')} ${model} version ${version}</span>
          ${button({
            label: 'Give All Requests',
            kind: 'secondary',
            title: `Give all requests to version ${version} of ${model} and take the other off the endpoint`,
            disabled: busy !== undefined,
            onClick: () => onServe(`${model}@${version}`),
          })}
        </li>`,
    )}
  </ul>`;
}

const PROVIDERS: Readonly<Partial<Record<Endpoint['provider'], string>>> = {
  sagemaker: 'Amazon SageMaker',
  vertex: 'Google Vertex AI',
};

/** Where it runs, on what, and what that costs, which a person wants in sight as long as it runs. */
function placeLine(
  { provider, machines, status, idle }: Endpoint,
  { region }: Place,
  onOpenConsole: () => void,
): TemplateResult {
  const runs = status === 'ready' || status === 'updating';
  return html`<div class="row endpoint-line">
    <span>${icon('cloud')} ${PROVIDERS[provider] ?? provider}, ${region}</span>
    ${runs ? html`<span>${icon('server')} ${machinesText(machines)}</span>` : nothing}
    ${idle ? html`<span class="idle">${icon('warning')} ${idleText({ hours: idle.hours })}</span>` : nothing}
    ${button({ label: 'Open in Console', icon: 'link-external', kind: 'secondary', onClick: onOpenConsole })}
  </div>`;
}

function machinesText(machines: Machines | undefined): string {
  if (!machines) return 'serverless: it costs only while it answers';
  const { type, count, perDay } = machines;
  const cost =
    perDay === undefined ? 'its price is not known' : `USD ${perDay.toFixed(2)} per day until it is stopped`;
  return `${count === 1 ? type : `${count} × ${type}`}, ${cost}`;
}
