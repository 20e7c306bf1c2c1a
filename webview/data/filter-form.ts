import { html, nothing, type TemplateResult } from 'lit';
import type { Cell, ColumnProfile, Condition } from '../../src/protocol';
import { button, checkbox, textField } from '../shared/controls';
import { isoDate, valueText } from '../shared/format';
import { keepFocusOver } from '../shared/keep-focus';
import { withCondition } from './choice';

export interface FilterFormOptions {
  readonly profile: ColumnProfile;
  readonly filter: readonly Condition[];
  readonly onFilter: (filter: Condition[]) => void;
}

type Of<K extends Condition['is']> = Extract<Condition, { is: K }>;

function conditionOf<K extends Condition['is']>(
  filter: readonly Condition[],
  column: string,
  is: K,
): Of<K> | undefined {
  return filter.find((one): one is Of<K> => one.column === column && one.is === is);
}

const isOrdered = ({ type }: ColumnProfile): boolean =>
  type === 'integer' || type === 'number' || type === 'date' || type === 'datetime';

/** A text in a box as a bound: numbers as numbers where nothing is lost by it. */
function bound(text: string, profile: ColumnProfile): string | number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed);
  const isNumeric = profile.type === 'integer' || profile.type === 'number';
  return isNumeric && Number.isFinite(value) && String(value) === trimmed ? value : trimmed;
}

/** The bound of a bin's edge in the column's own unit. */
export function edgeBound(edge: number, { type }: ColumnProfile): string | number {
  return type === 'date' || type === 'datetime' ? isoDate(edge) : edge;
}

function range({ profile, filter, onFilter }: FilterFormOptions): TemplateResult {
  const { name } = profile;
  const now = conditionOf(filter, name, 'between');
  const set = (min: string | number | undefined, max: string | number | undefined): void =>
    onFilter(
      withCondition(
        filter,
        name,
        'between',
        min === undefined && max === undefined
          ? undefined
          : {
              is: 'between',
              column: name,
              ...(min === undefined ? {} : { min }),
              ...(max === undefined ? {} : { max }),
              ...(now?.open && max === now.max ? { open: true } : {}),
              ...(now?.not ? { not: true } : {}),
            },
      ),
    );
  return html`<div class="filter-range">
      ${textField({
        label: `From`,
        value: now?.min === undefined ? '' : String(now.min),
        placeholder: profile.min === null ? undefined : String(profile.min),
        onChange: (text) => set(bound(text, profile), now?.max),
      })}
      ${textField({
        label: now?.open ? 'Below' : 'To',
        value: now?.max === undefined ? '' : String(now.max),
        placeholder: profile.max === null ? undefined : String(profile.max),
        onChange: (text) => set(now?.min, bound(text, profile)),
      })}
    </div>
    ${
      profile.histogram
        ? html`<p class="muted filter-hint">Drag over the histogram to choose a range.</p>`
        : nothing
    }`;
}

function values({ profile, filter, onFilter }: FilterFormOptions): TemplateResult | typeof nothing {
  const { name, top } = profile;
  if (top.length === 0) return nothing;
  const now = conditionOf(filter, name, 'oneOf');
  const chosen = now?.values ?? [];
  const set = (next: readonly Cell[]): void =>
    onFilter(
      withCondition(
        filter,
        name,
        'oneOf',
        next.length === 0
          ? undefined
          : { is: 'oneOf', column: name, values: next, ...(now?.not ? { not: true } : {}) },
      ),
    );
  return html`<fieldset class="filter-values">
    <legend>Values</legend>
    ${top.map((one) =>
      checkbox({
        label: valueText(one.value),
        checked: chosen.includes(one.value),
        onChange: (on) => set(on ? [...chosen, one.value] : chosen.filter((value) => value !== one.value)),
      }),
    )}
  </fieldset>`;
}

function matching({ profile, filter, onFilter }: FilterFormOptions): TemplateResult {
  const { name } = profile;
  const now = conditionOf(filter, name, 'matching');
  const set = (part: Partial<Of<'matching'>>): void => {
    const next = { text: '', ...now, ...part, is: 'matching', column: name } as const;
    onFilter(withCondition(filter, name, 'matching', next.text === '' ? undefined : next));
  };
  return html`<div class="filter-text">
    ${textField({
      label: now?.pattern?.regex ? 'Matches' : 'Contains',
      value: now?.text ?? '',
      onChange: (text) => set({ text }),
    })}
    ${button({
      label: 'Match case',
      icon: 'case-sensitive',
      kind: 'icon',
      pressed: now?.pattern?.matchCase ?? false,
      disabled: !now,
      onClick: () => set({ pattern: { ...now?.pattern, matchCase: !now?.pattern?.matchCase } }),
    })}
    ${button({
      label: 'Regular expression',
      icon: 'regex',
      kind: 'icon',
      pressed: now?.pattern?.regex ?? false,
      disabled: !now,
      onClick: () => set({ pattern: { ...now?.pattern, regex: !now?.pattern?.regex } }),
    })}
  </div>`;
}

function negated(condition: Condition, on: boolean): Condition {
  if (on) return { ...condition, not: true };
  return Object.fromEntries(Object.entries(condition).filter(([key]) => key !== 'not')) as Condition;
}

/** What rows are shown by this column: a range or text, chosen values, missing or not, and the opposite of each. */
export function filterForm(options: FilterFormOptions): TemplateResult {
  const { profile, filter, onFilter } = options;
  const { name } = profile;
  const own = filter.filter((one) => one.column === name);
  const missing = conditionOf(filter, name, 'missing');
  const others: readonly Condition[] = own.filter((one) => one.is !== 'missing');
  const opposite = others.length > 0 && others.every((one) => one.not === true);
  const setMissing = (next: Condition | undefined): void =>
    onFilter(withCondition(filter, name, 'missing', next));
  return html`<section class="filter" aria-label="Filter by ${name}">
    <h3>Filter</h3>
    ${isOrdered(profile) ? range(options) : nothing}
    ${profile.type === 'text' || profile.type === 'other' ? matching(options) : nothing} ${values(options)}
    ${
      profile.missing > 0 || missing
        ? html`<div class="row">
            ${checkbox({
              label: 'Only missing',
              checked: missing !== undefined && !missing.not,
              onChange: (on) => setMissing(on ? { is: 'missing', column: name } : undefined),
            })}
            ${checkbox({
              label: 'Without missing',
              checked: missing?.not === true,
              onChange: (on) => setMissing(on ? { is: 'missing', column: name, not: true } : undefined),
            })}
          </div>`
        : nothing
    }
    ${
      own.length > 0
        ? html`<div class="row">
            ${
              others.length > 0
                ? checkbox({
                    label: 'The opposite',
                    checked: opposite,
                    onChange: (on) =>
                      onFilter(filter.map((one) => (others.includes(one) ? negated(one, on) : one))),
                  })
                : nothing
            }
            ${button({
              label: 'Clear Filter',
              icon: 'clear-all',
              kind: 'secondary',
              onClick: ({ target }) => {
                const form = target instanceof Element ? target.closest('.filter') : null;
                // The button goes with the filter.
                keepFocusOver(
                  () => onFilter(filter.filter((one) => one.column !== name)),
                  () => form?.querySelector<HTMLElement>('vscode-text-field, vscode-checkbox'),
                );
              },
            })}
          </div>`
        : nothing
    }
  </section>`;
}
