import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Field, Signature } from '../../src/protocol';
import { checkbox, dropdown, textField } from '../shared/controls';
import { number } from '../shared/format';
import {
  controlOf,
  type FieldErrors,
  type FormValues,
  observed,
  readFields,
  unseen,
  type Value,
} from './form';

const OTHER = ' other';

export interface FieldsPart {
  readonly signature: Signature;
  readonly values: FormValues;
  readonly errors: FieldErrors;
  readonly onChange: (name: string, value: Value) => void;
}

function nativeBox(
  type: 'number' | 'date' | 'datetime-local',
  field: Field,
  value: Value,
  error: string | undefined,
  change: (text: string) => void,
): TemplateResult {
  const whole = field.type === 'integer' && type === 'number';
  const text = type === 'datetime-local' ? value.text.replace(' ', 'T') : value.text;
  return html`<label class="field-label">
    <span>${field.name}</span>
    <input
      class="input"
      type=${type}
      step=${type === 'number' ? (whole ? '1' : 'any') : type === 'date' ? nothing : '1'}
      .value=${live(text)}
      placeholder=${field.mean === undefined ? nothing : number(field.mean, 4)}
      aria-invalid=${error ? 'true' : nothing}
      ?disabled=${value.missing}
      @input=${(event: Event) => change((event.target as HTMLInputElement).value)}
    />
  </label>`;
}

function control(part: FieldsPart, field: Field, value: Value): TemplateResult {
  const error = part.errors[field.name];
  const set = (change: Partial<Value>): void => part.onChange(field.name, { ...value, ...change });
  switch (controlOf(field, value)) {
    case 'boolean':
      return checkbox({
        label: field.name,
        checked: value.text.toLowerCase() === 'true',
        disabled: value.missing,
        onChange: (checked) => set({ text: String(checked) }),
      });
    case 'category': {
      const known = field.categories ?? [];
      return html`${dropdown({
        label: field.name,
        value: value.other ? OTHER : value.text,
        options: [
          ...(value.text === '' && !value.other && !known.includes('')
            ? [{ value: '', label: 'Choose…' }]
            : []),
          ...known.map((one) => ({ value: one, label: one === '' ? '(empty)' : one })),
          { value: OTHER, label: 'Other value…' },
        ],
        disabled: value.missing,
        onChange: (chosen) =>
          set(chosen === OTHER ? { other: true, text: '' } : { other: false, text: chosen }),
      })}
      ${
        value.other && !value.missing
          ? textField({
              label: `Other value of ${field.name}`,
              hideLabel: true,
              value: value.text,
              placeholder: 'a value that training did not see',
              onInput: (text) => set({ text }),
            })
          : nothing
      }`;
    }
    case 'number':
      return nativeBox('number', field, value, error, (text) => set({ text }));
    case 'date':
      return nativeBox('date', field, value, error, (text) => set({ text }));
    case 'datetime':
      return nativeBox('datetime-local', field, value, error, (text) => set({ text }));
    case 'text':
      return textField({
        label: field.name,
        value: value.text,
        disabled: value.missing,
        onInput: (text) => set({ text }),
      });
  }
}

function fieldPart(part: FieldsPart, field: Field): TemplateResult {
  const value = part.values[field.name] ?? { text: '', missing: !field.required, other: false };
  const error = part.errors[field.name];
  const caution = error ? '' : unseen(field, value);
  const range = field.categories ? '' : observed(field);
  return html`<div class="input-field ${error ? 'input-field-bad' : ''}" data-field=${field.name}>
    ${control(part, field, value)}
    <div class="field-line">
      <span class="field-help ${caution ? 'caution' : ''}"
        >${caution ? html`<span class="codicon codicon-warning" aria-hidden="true"></span> ${caution} ` : nothing}${
          range && !error ? `Seen: ${range}` : nothing
        }</span
      >
      ${
        field.required
          ? nothing
          : html`<label class="missing"
              ><input
                type="checkbox"
                aria-label=${`${field.name} is missing`}
                .checked=${live(value.missing)}
                @change=${(event: Event) =>
                  part.onChange(field.name, {
                    ...value,
                    missing: (event.target as HTMLInputElement).checked,
                  })}
              />missing</label
            >`
      }
    </div>
    <div class="field-error" aria-live="polite">${error ?? nothing}</div>
  </div>`;
}

/** The form made from a model's signature. */
export function fieldsPart(part: FieldsPart): TemplateResult {
  const { read, unread } = readFields(part.signature);
  return html`<div class="fields">${read.map((field) => fieldPart(part, field))}</div>
    ${unread.length === 0 ? nothing : html`<p class="muted">Not asked for, as the model does not read it: ${unread.join(', ')}.</p>`}`;
}
