import { html, type TemplateResult } from 'lit';

/** Text with names in backticks, as reasons and notes are written. */
export function withCode(text: string): TemplateResult {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
