import { html, nothing, render, type TemplateResult } from 'lit';
import { button, textField } from '../shared/controls';
import { count } from '../shared/format';
import { cut, matches, nextMatch } from './log';

const LINE = 18;
const SPARE = 12;

export interface LogContent {
  readonly lines: readonly string[];
  readonly skipped: number;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onOpenLog: () => void;
}

/** The log as a list of which only the lines in sight are in the page. */
class LogElement extends HTMLElement {
  #content: LogContent | undefined;
  #search = '';
  #found: readonly number[] = [];
  #foundIn: readonly string[] = [];
  #current = -1;
  #top = 0;
  #resized = new ResizeObserver(() => this.#drawLines());

  set content(content: LogContent) {
    // The kept lines moved up: the place of the match is another line now.
    if (content.skipped !== this.#content?.skipped) this.#current = -1;
    this.#content = content;
    if (this.isConnected) this.#draw();
  }

  connectedCallback(): void {
    this.#draw();
    const box = this.#box();
    if (box) this.#resized.observe(box);
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
  }

  #box(): HTMLElement | null {
    return this.querySelector<HTMLElement>('.log-box');
  }

  #find(text: string): void {
    this.#search = text;
    this.#foundIn = [];
    this.#current = -1;
    this.#draw();
    if (text !== '') this.#go(true);
  }

  #go(forward: boolean): void {
    const next = nextMatch(this.#found, this.#current, forward);
    const box = this.#box();
    if (next === undefined || !box) return;
    this.#current = next;
    this.#content?.onFollow(false);
    box.scrollTop = Math.max(0, next * LINE - box.clientHeight / 2);
    this.#draw();
  }

  #draw(): void {
    const content = this.#content;
    if (!content) return;
    if (this.#foundIn !== content.lines) {
      this.#found = matches(content.lines, this.#search);
      this.#foundIn = content.lines;
    }
    render(this.#frame(content), this);
    const box = this.#box();
    const list = this.querySelector<HTMLElement>('.log-lines');
    if (list) list.style.height = `${content.lines.length * LINE}px`;
    if (box && content.follow) box.scrollTop = content.lines.length * LINE;
    this.#drawLines();
  }

  #drawLines(): void {
    const box = this.#box();
    const list = this.querySelector<HTMLElement>('.log-lines');
    const { lines } = this.#content ?? { lines: [] };
    if (!box || !list) return;
    const first = Math.max(0, Math.floor(box.scrollTop / LINE) - SPARE);
    const last = Math.min(lines.length, Math.ceil((box.scrollTop + box.clientHeight) / LINE) + SPARE);
    list.style.setProperty('--log-top', `${first * LINE}px`);
    render(
      html`<div class="log-shown">
        ${lines.slice(first, last).map(
          // Inline elements: white space between them would be shown.
          (line, i) =>
            html`<span class="log-line ${first + i === this.#current ? 'log-current' : ''}"
              >${cut(line, this.#search).map((part) => (part.match ? html`<mark>${part.text}</mark>` : part.text))}</span
            >`,
        )}
      </div>`,
      list,
    );
  }

  #scrolled(): void {
    const box = this.#box();
    const content = this.#content;
    if (!box || !content) return;
    const atEnd = box.scrollTop + box.clientHeight >= content.lines.length * LINE - LINE;
    const up = box.scrollTop < this.#top;
    this.#top = box.scrollTop;
    // Scrolling up is the wish to read; scrolling down to the end is the wish to follow again.
    if (content.follow && up && !atEnd) content.onFollow(false);
    else if (!content.follow && !up && atEnd && this.#search === '') content.onFollow(true);
    this.#drawLines();
  }

  #frame(content: LogContent): TemplateResult {
    const { lines, skipped, follow, onFollow, onOpenLog } = content;
    const place = this.#found.indexOf(this.#current);
    return html`<div class="log-bar">
        <div
          class="log-search"
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Enter') this.#go(!event.shiftKey);
          }}
        >
          ${textField({ label: 'Search in the log', hideLabel: true, placeholder: 'Search', icon: 'search', value: this.#search, onInput: (text) => this.#find(text) })}
        </div>
        ${
          this.#search === ''
            ? nothing
            : html`<span class="muted num" role="status"
                  >${this.#found.length === 0 ? 'Not found' : `${count(place + 1)} of ${count(this.#found.length)}`}</span
                >
                ${button({ label: 'Previous match (Shift+Enter)', icon: 'arrow-up', kind: 'icon', disabled: this.#found.length === 0, onClick: () => this.#go(false) })}
                ${button({ label: 'Next match (Enter)', icon: 'arrow-down', kind: 'icon', disabled: this.#found.length === 0, onClick: () => this.#go(true) })}`
        }
        <span class="grow"></span>
        ${button({ label: 'Follow', icon: 'fold-down', kind: 'secondary', pressed: follow, title: follow ? 'New lines are scrolled into view' : 'Scroll to the end and stay there', onClick: () => onFollow(!follow) })}
        ${button({ label: 'Open Full Log', icon: 'go-to-file', kind: 'secondary', onClick: onOpenLog })}
      </div>
      ${skipped > 0 ? html`<p class="muted">The first ${count(skipped)} lines are in the full log only.</p>` : nothing}
      <div
        class="log-box"
        role="log"
        aria-live="off"
        aria-label="Log"
        tabindex="0"
        @scroll=${() => this.#scrolled()}
      >
        ${lines.length === 0 ? html`<p class="log-none muted">No lines yet.</p>` : nothing}
        <div class="log-lines"></div>
      </div>`;
  }
}

customElements.define('mll-log', LogElement);

/** The log with search, following and a way to the full file. */
export function logView(content: LogContent): TemplateResult {
  return html`<mll-log .content=${content}></mll-log>`;
}
