import { html, type TemplateResult } from 'lit';
import { textField } from '../shared/controls';

/** The note of a step while it is written: what was typed so far outlives the redraws that a preview brings. */
export interface Noting {
  readonly index: number;
  text: string;
}

/** The note is as it shall be; undefined: given up. */
export type Noted = (index: number, note: string | undefined) => void;

/** Enter keeps the note, Escape leaves it as it was. */
export function noteField(noting: Noting, onNoted: Noted): TemplateResult {
  const { index, text } = noting;
  return html`<div
    class="step-note"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Enter') onNoted(index, noting.text);
      else if (event.key === 'Escape') onNoted(index, undefined);
    }}
    @change=${() => onNoted(index, noting.text)}
  >
    ${textField({
      label: `Note of step ${index + 1}`,
      hideLabel: true,
      value: text,
      placeholder: 'Why this step is done',
      onInput: (typed) => (noting.text = typed),
    })}
  </div>`;
}
