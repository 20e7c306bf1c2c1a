/**
 * The one file that knows the toolkit of controls. Views call these functions and never name a `vscode-…` element,
 * so that the archived toolkit can be swapped here.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { html, nothing, type TemplateResult } from 'lit';
import { ifDefined } from 'lit/directives/if-defined.js';
import { live } from 'lit/directives/live.js';
import { typed } from './typed';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodeProgressRing(),
  vsCodeTextField(),
);

/** A codicon by its name (`add`, `trash` …); decoration, hidden from screen readers. */
export function icon(name: string): TemplateResult {
  return html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}

export interface ButtonOptions {
  /** The text; of an icon button its tooltip and accessible name. */
  readonly label: string;
  readonly icon?: string;
  readonly kind?: 'primary' | 'secondary' | 'icon';
  readonly disabled?: boolean;
  /** Says more than the label. */
  readonly title?: string;
  /** For a button that switches something on and off. */
  readonly pressed?: boolean;
  /** For a button that opens and closes something. */
  readonly expanded?: boolean;
  readonly className?: string;
  readonly onClick: (event: Event) => void;
}

export function button(options: ButtonOptions): TemplateResult {
  const { label, kind = 'primary', disabled = false, title, pressed, expanded, onClick } = options;
  const only = kind === 'icon';
  // The toolkit hands aria attributes on to its inner button only when they are set as attributes.
  return html`<vscode-button
    appearance=${kind}
    class=${options.className ?? nothing}
    ?disabled=${disabled}
    title=${ifDefined(title ?? (only ? label : undefined))}
    aria-label=${ifDefined(only ? label : undefined)}
    aria-pressed=${ifDefined(pressed === undefined ? undefined : String(pressed))}
    aria-expanded=${ifDefined(expanded === undefined ? undefined : String(expanded))}
    @click=${(event: Event) => {
      if (!disabled) onClick(event);
    }}
    >${options.icon ? (only ? icon(options.icon) : html`<span slot="start" class="codicon codicon-${options.icon}" aria-hidden="true"></span>`) : nothing}${
      only ? nothing : label
    }</vscode-button
  >`;
}

interface FieldOptions {
  readonly label: string;
  /** The label is read out but not shown. */
  readonly hideLabel?: boolean;
  readonly help?: string | undefined;
  /** Shown in red under the field and read out when it appears. */
  readonly error?: string | undefined;
  readonly disabled?: boolean;
}

// An id in the page is not seen from inside a control's shadow root, so an error is announced by a live region instead.
function field(
  options: FieldOptions,
  control: TemplateResult,
  shownLabel: unknown = nothing,
): TemplateResult {
  return html`<div class="field ${options.error ? 'field-invalid' : ''}">
    ${shownLabel}${control} ${options.help ? html`<div class="field-help">${options.help}</div>` : nothing}
    <div class="field-error" aria-live="polite">${options.error ?? nothing}</div>
  </div>`;
}

export interface TextFieldOptions extends FieldOptions {
  readonly value: string;
  readonly placeholder?: string | undefined;
  readonly icon?: string;
  /** On every key. */
  readonly onInput?: (value: string) => void;
  /** When the field is left, or Enter is pressed. */
  readonly onChange?: (value: string) => void;
}

// The toolkit makes the accessible name of the text inside the element, so a label that is not shown stands there too; it
// does so once, so a label that changes is said again.
export function textField(options: TextFieldOptions): TemplateResult {
  const { label, hideLabel = false, value, onInput, onChange } = options;
  const read = (event: Event): string => (event.target as HTMLInputElement).value;
  return field(
    options,
    html`<vscode-text-field
      aria-label=${label}
      class="control ${hideLabel ? 'label-off' : ''}"
      .value=${typed(value)}
      placeholder=${ifDefined(options.placeholder)}
      aria-invalid=${options.error ? 'true' : nothing}
      ?disabled=${options.disabled ?? false}
      spellcheck="false"
      @input=${(event: Event) => onInput?.(read(event))}
      @change=${(event: Event) => onChange?.(read(event))}
      >${label}${
        options.icon
          ? html`<span slot="start" class="codicon codicon-${options.icon}" aria-hidden="true"></span>`
          : nothing
      }</vscode-text-field
    >`,
  );
}

export interface NumberFieldOptions extends FieldOptions {
  /** undefined: the box is empty. */
  readonly value: number | undefined;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly placeholder?: string | undefined;
  readonly onInput?: (value: number | undefined) => void;
  readonly onChange?: (value: number | undefined) => void;
}

/** A native box: the toolkit's does not hand min, max and step on. */
export function numberField(options: NumberFieldOptions): TemplateResult {
  const { label, value, onInput, onChange } = options;
  const read = (event: Event): number | undefined => {
    const entered = (event.target as HTMLInputElement).valueAsNumber;
    return Number.isNaN(entered) ? undefined : entered;
  };
  return html`<label class="field-label">
    <span class=${options.hideLabel ? 'visually-hidden' : ''}>${label}</span>
    ${field(
      options,
      html`<input
        type="number"
        class="input control"
        .value=${typed(value === undefined ? '' : String(value))}
        min=${ifDefined(options.min)}
        max=${ifDefined(options.max)}
        step=${options.step ?? 'any'}
        placeholder=${ifDefined(options.placeholder)}
        aria-invalid=${options.error ? 'true' : nothing}
        ?disabled=${options.disabled ?? false}
        @input=${(event: Event) => onInput?.(read(event))}
        @change=${(event: Event) => onChange?.(read(event))}
      />`,
    )}
  </label>`;
}

export interface TextAreaOptions extends FieldOptions {
  readonly value: string;
  readonly rows?: number;
  readonly placeholder?: string | undefined;
  /** Code font. */
  readonly code?: boolean;
  readonly onInput?: (value: string) => void;
  readonly onChange?: (value: string) => void;
}

export function textArea(options: TextAreaOptions): TemplateResult {
  const { label, value, onInput, onChange } = options;
  const read = (event: Event): string => (event.target as HTMLTextAreaElement).value;
  return html`<label class="field-label">
    <span class=${options.hideLabel ? 'visually-hidden' : ''}>${label}</span>
    ${field(
      options,
      html`<textarea
        class="input control ${options.code ? 'code' : ''}"
        rows=${options.rows ?? 4}
        spellcheck="false"
        .value=${typed(value)}
        placeholder=${ifDefined(options.placeholder)}
        aria-invalid=${options.error ? 'true' : nothing}
        ?disabled=${options.disabled ?? false}
        @input=${(event: Event) => onInput?.(read(event))}
        @change=${(event: Event) => onChange?.(read(event))}
      ></textarea>`,
    )}
  </label>`;
}

export interface DropdownOptions extends FieldOptions {
  readonly value: string;
  readonly options: readonly {
    readonly value: string;
    readonly label: string;
    readonly disabled?: boolean;
  }[];
  readonly onChange: (value: string) => void;
}

export function dropdown(options: DropdownOptions): TemplateResult {
  const { label, value, onChange } = options;
  // A value that is set before its option exists is lost, so the choice is written on the options. The control starts
  // with the value '' and would pick an option of that value, so each carries a sign in front.
  return field(
    options,
    html`<vscode-dropdown
      class="control"
      aria-label=${label}
      ?disabled=${options.disabled ?? false}
      @change=${(event: Event) => {
        const chosen = (event.target as HTMLSelectElement).value.slice(1);
        if (chosen !== value) onChange(chosen);
      }}
    >
      ${options.options.map(
        (one) =>
          html`<vscode-option
            value="=${one.value}"
            ?selected=${one.value === value}
            ?disabled=${one.disabled ?? false}
            >${one.label}</vscode-option
          >`,
      )}
    </vscode-dropdown>`,
    options.hideLabel ? nothing : html`<div class="field-name" aria-hidden="true">${label}</div>`,
  );
}

export interface CheckboxOptions {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function checkbox(options: CheckboxOptions): TemplateResult {
  // Setting `checked` from here fires `change` as well: only a difference to what is rendered is the person's doing. The
  // listener comes first, so that it knows the new state when the state is set.
  return html`<vscode-checkbox
    @change=${(event: Event) => {
      const now = (event.target as HTMLInputElement).checked;
      if (now !== options.checked) options.onChange(now);
    }}
    .checked=${live(options.checked)}
    ?disabled=${options.disabled ?? false}
    >${options.label}</vscode-checkbox
  >`;
}

/** A turning ring with the text of what is waited for. */
export function progressRing(label: string): TemplateResult {
  // The ring's own role is alert, which would be read out at every redraw; the text beside it is the status.
  return html`<span class="busy" role="status"
    ><vscode-progress-ring role="presentation" aria-hidden="true"></vscode-progress-ring
    ><span>${label}</span></span
  >`;
}

/** A bar; `share` is 0 … 1, undefined: it cannot be told how far. */
export function progressBar(label: string, share?: number): TemplateResult {
  const known = share === undefined ? undefined : Math.min(1, Math.max(0, share));
  return html`<div
    class="progress ${known === undefined ? 'progress-unknown' : ''}"
    role="progressbar"
    aria-label=${label}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${ifDefined(known === undefined ? undefined : Math.round(known * 100))}
  >
    <div
      class="progress-fill"
      .style=${known === undefined ? '' : `width:${(known * 100).toFixed(1)}%`}
    ></div>
  </div>`;
}

export interface PanelsOptions {
  readonly label: string;
  readonly active: string;
  readonly tabs: readonly { readonly id: string; readonly label: string; readonly content: unknown }[];
  readonly onChange: (id: string) => void;
}

/** Tabs with their contents; only the active one's content is in the page. */
export function panels(options: PanelsOptions): TemplateResult {
  const { tabs, active, onChange } = options;
  return html`<vscode-panels
    aria-label=${options.label}
    .activeid=${live(`tab-${active}`)}
    @change=${(event: Event) => {
      const target = event.target as Element & { activeid?: string };
      if (target.tagName !== 'VSCODE-PANELS') return;
      const id = target.activeid?.replace(/^tab-/, '');
      if (id !== undefined && id !== active && tabs.some((tab) => tab.id === id)) onChange(id);
    }}
  >
    ${tabs.map((tab) => html`<vscode-panel-tab id="tab-${tab.id}">${tab.label}</vscode-panel-tab>`)}
    ${tabs.map(
      (tab) =>
        html`<vscode-panel-view id="view-${tab.id}"
          >${tab.id === active ? tab.content : nothing}</vscode-panel-view
        >`,
    )}
  </vscode-panels>`;
}
