import { html, nothing, type TemplateResult } from 'lit';
import type {
  RecipeViewApi,
  RecipeViewState,
  RequestColumn,
  ServedStep,
  Step,
  StepInfo,
} from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { button, icon } from '../shared/controls';
import { plural } from '../shared/format';
import { typeText } from '../shared/grid-header';
import { servedText } from './texts';

interface EndpointState {
  readonly steps: readonly Step[];
  readonly infos: ReadonlyMap<string, StepInfo>;
  readonly served: readonly ServedStep[];
  /** undefined: they are being looked for. */
  readonly request: readonly RequestColumn[] | undefined;
  readonly hasTarget: boolean;
  /** Something is wrong in the recipe, so it is not known. */
  readonly broken: boolean;
}

function names(columns: readonly RequestColumn[]): TemplateResult {
  return html`<ul class="request-columns">
    ${columns.map(
      (one) =>
        html`<li>
          <code>${one.name}</code>
          <span class="muted"
            >${typeText(one.type)}${one.step === undefined ? nothing : `, filled by step ${one.step + 1}`}</span
          >
        </li>`,
    )}
  </ul>`;
}

function part(title: string, columns: readonly RequestColumn[]): TemplateResult | typeof nothing {
  return columns.length === 0
    ? nothing
    : html`<h3>${title} (${columns.length})</h3>
        ${names(columns)}`;
}

function requestPart(request: readonly RequestColumn[], earlier: boolean): TemplateResult {
  const of = (need: RequestColumn['need']): readonly RequestColumn[] =>
    request.filter((one) => one.need === need);
  return html`${part('Must be in a request', of('required'))}
  ${
    of('required').length === 0
      ? nothing
      : html`<p class="muted">A column that has gaps in the training data may be missing there, too.</p>`
  }
  ${part('May be left out, a step fills them', of('filled'))}
  ${part('May be left out, nothing reads them', of('unread'))}
  ${earlier ? html`<p>${icon('history')} Each request carries the earlier rows beside those that are asked for.</p>` : nothing}`;
}

/** The panel, and the columns of a request as of the last look at them. */
export function createEndpointPanel(
  host: Connection<RecipeViewApi>,
  redraw: () => void,
  onClose: () => void,
): { refresh(): void; template(view: RecipeViewState, infos: EndpointState['infos']): TemplateResult } {
  let request: readonly RequestColumn[] | undefined;
  return {
    refresh() {
      request = undefined;
      const asked = host.call('request', {}).catch((): readonly RequestColumn[] => []);
      void asked.then((found) => {
        request = found;
        redraw();
      });
    },
    template({ recipe, served, problems }, infos) {
      const { steps, target } = recipe;
      const broken = problems.length > 0;
      return panelOf({ steps, infos, served, request, hasTarget: target !== undefined, broken }, onClose);
    },
  };
}

/** What an endpoint of a model with this recipe does for each request, and what that must carry. */
function panelOf(state: EndpointState, onClose: () => void): TemplateResult {
  const { steps, infos, served, request, broken } = state;
  const refused = served.filter((one) => one.where === 'refused');
  return html`<section
    class="panel"
    aria-label="At an endpoint"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    }}
  >
    <div class="panel-head">
      <h2>At an endpoint</h2>
      ${button({ label: 'Close', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    ${
      broken
        ? html`<p>Mend the marked steps first: then it is known what an endpoint does.</p>`
        : html`${refused.length > 0 ? html`<p class="step-error">${icon('error')} A model with ${plural(refused.length, 'step')} of this recipe cannot be deployed; see there why.</p>` : nothing}
            ${state.hasTarget ? nothing : html`<p class="muted">No target is chosen yet: what is to be predicted is in no request.</p>`}
            <h3>Steps</h3>
            <ol class="served">
              ${served.map((one) => {
                const step = steps[one.step];
                const title = infos.get(step?.kind ?? '')?.title ?? step?.kind ?? '';
                return html`<li value=${one.step + 1} class="served-${one.where}">
                  <span>${title}:</span>
                  <span class="muted">${servedText(one)}</span>
                </li>`;
              })}
            </ol>
            ${served.length === 0 ? html`<p class="muted">None: the model gets the columns as they come.</p>` : nothing}
            ${
              request
                ? requestPart(
                    request,
                    served.some((one) => one.earlier),
                  )
                : html`<p class="muted">Looking at the columns…</p>`
            }`
    }
  </section>`;
}
