import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { JobDefaults, Machine } from '../../src/protocol';
import { checkbox, dropdown, numberField, progressRing, textField } from '../shared/controls';
import { errorBanner } from '../shared/error';
import {
  foundMachines,
  type MachineForm,
  type MachineProblems,
  mostCost,
  type Offer,
  quotaOf,
} from './machine-form';

export interface MachinePart {
  readonly form: MachineForm;
  readonly offer: Offer;
  /** By a script of the person's own: only those can use several machines, or another image. */
  readonly script: boolean;
  readonly search: string;
  readonly problems: MachineProblems;
  readonly set: (part: MachineForm) => void;
  readonly onSearch: (text: string) => void;
  readonly onRetry: () => void;
}

const MOST_SHOWN = 200;
const UNKNOWN = html`<span title="not known">?</span>`;

/** Which machine, how many, how long, and what that costs at most. */
export function machinePart(part: MachinePart): TemplateResult {
  const { form, offer, script, problems, set } = part;
  const { defaults, machines, failure } = offer;
  if (failure && !defaults) return errorBanner(failure, { onRetry: part.onRetry });
  if (!defaults) return progressRing('Asking for the settings…');
  const type = form.machine ?? defaults.machine;
  const chosen = machines?.find((one) => one.type === type);
  const cost = mostCost(form, offer);
  const spot = form.spot ?? defaults.spot;
  return html`<section class="stack machine">
    <h2>Machine</h2>
    <div class="advanced-fields">
      ${textField({
        label: 'Machine',
        value: type,
        help: machineHelp(chosen, machines, chosen && quotaOf(chosen, form, defaults), spot),
        onInput: (machine) => set({ machine }),
      })}
      ${
        script
          ? numberField({
              label: 'How many',
              value: form.instances ?? defaults.instances,
              min: 1,
              step: 1,
              help: 'More than one only for a script that uses them.',
              error: problems.instances,
              onInput: (instances) => set({ instances }),
            })
          : nothing
      }
      ${numberField({
        label: 'Minutes at most',
        value: form.maxMinutes ?? defaults.maxMinutes,
        min: 1,
        step: 1,
        help: 'Then it is ended, whatever it has reached.',
        error: problems.maxMinutes,
        onInput: (maxMinutes) => set({ maxMinutes }),
      })}
      ${
        script
          ? dropdown({
              label: 'Image',
              value: form.image ?? '',
              options: [
                { value: '', label: 'By what the script imports' },
                ...defaults.images.map((one) => ({ value: one.id, label: one.title })),
              ],
              onChange: (image) => set({ image }),
            })
          : nothing
      }
    </div>
    ${checkbox({
      label: 'Spot: cheaper, but may be taken away; the job then starts again from its checkpoints',
      checked: spot,
      onChange: (ticked) => set({ spot: ticked }),
    })}
    <p role="status">
      ${
        cost === undefined
          ? html`<span class="muted"
              >What it costs at most is not known here; it is shown again before anything is sent.</span
            >`
          : html`Costs at most <strong>USD ${cost.toFixed(2)}</strong>${spot ? ', less on Spot' : ''}.`
      }
    </p>
    ${failure ? errorBanner(failure, { onRetry: part.onRetry }) : nothing} ${comparison(part, defaults, type)}
  </section>`;
}

function machineHelp(
  chosen: Machine | undefined,
  machines: readonly Machine[] | undefined,
  quota: number | undefined,
  spot: boolean,
): string {
  if (!machines) return 'Its price is being asked for.';
  if (!chosen) return 'Not in the list below: price and quota are not known.';
  const gpus = chosen.gpus ?? 0;
  return [
    ...(chosen.cores === undefined ? [] : [`${chosen.cores} cores`]),
    ...(chosen.memory === undefined ? [] : [chosen.memory]),
    ...(gpus > 0 ? [gpus === 1 ? '1 GPU' : `${gpus} GPUs`] : []),
    chosen.price === undefined ? 'price not known' : `USD ${chosen.price.toFixed(3)} per hour`,
    ...(quota === 0 ? [`your ${spot ? 'Spot quota' : 'quota'} is 0: ask AWS for more first`] : []),
  ].join(', ');
}

function comparison(
  { form, offer, search, set, onSearch }: MachinePart,
  defaults: JobDefaults,
  type: string,
): TemplateResult {
  const { machines } = offer;
  const spot = form.spot ?? defaults.spot;
  if (!machines) return offer.failure ? html`` : progressRing('Asking for prices and quotas…');
  if (machines.length === 0) return html`<p class="muted">No machines could be listed for this region.</p>`;
  const found = foundMachines(machines, search);
  return html`<details>
    <summary>Compare machines (${machines.length})</summary>
    <div class="stack">
      <div class="train-narrow">
        ${textField({ label: 'Search machines', hideLabel: true, icon: 'search', value: search, placeholder: 'Search: g5, gpu, 16 cores…', onInput: onSearch })}
      </div>
      <div class="machine-rows">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Machine</th>
              <th scope="col" class="num">Cores</th>
              <th scope="col" class="num">Memory</th>
              <th scope="col" class="num">GPUs</th>
              <th scope="col" class="num" title="USD per machine and hour">USD/h</th>
              <th scope="col" class="num" title="So many at a time, by your account">
                ${spot ? 'Spot quota' : 'Quota'}
              </th>
            </tr>
          </thead>
          <tbody>
            ${found.slice(0, MOST_SHOWN).map(
              (one) =>
                html`<tr>
                  <td>
                    <label class="machine-choice"
                      ><input
                        type="radio"
                        name="machine"
                        .checked=${live(one.type === type)}
                        @change=${() => set({ machine: one.type })}
                      />
                      ${one.type}</label
                    >
                  </td>
                  <td class="num">${one.cores ?? '–'}</td>
                  <td class="num">${one.memory ?? '–'}</td>
                  <td class="num">${one.gpus ?? '–'}</td>
                  <td class="num">${one.price?.toFixed(3) ?? UNKNOWN}</td>
                  <td class="num">${quotaOf(one, form, defaults) ?? UNKNOWN}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${found.length > MOST_SHOWN ? html`<p class="muted">The first ${MOST_SHOWN} of ${found.length}: search for the others.</p>` : nothing}
      ${found.length === 0 ? html`<p class="muted">No machine fits “${search}”.</p>` : nothing}
    </div>
  </details>`;
}
