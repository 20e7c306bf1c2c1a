import { html, nothing, type TemplateResult } from 'lit';
import type { Column } from '../../src/protocol';
import { button, checkbox, icon, textField } from '../shared/controls';
import { plural } from '../shared/format';
import { typeIcon } from '../shared/grid-header';
import { moved, orderedColumns, saved } from './choice';

/** Rows of the list that are drawn; a search finds the others. */
const MOST_LISTED = 200;
let search = '';

/** All columns of the table: shown or not, pinned, and in which order. */
export function columnsPanel(
  columns: readonly Column[],
  { onChange, onClose, draw }: { onChange: () => void; onClose: () => void; draw: () => void },
): TemplateResult {
  const { hidden, pinned, order } = saved.get();
  const set = (part: Partial<Parameters<typeof saved.set>[0]>): void => {
    saved.set(part);
    onChange();
  };
  const found = orderedColumns(columns).filter(({ name }) =>
    name.toLowerCase().includes(search.toLowerCase()),
  );
  const visible = columns.length - columns.filter(({ name }) => hidden.includes(name)).length;
  const toggled = (list: readonly string[], name: string): string[] =>
    list.includes(name) ? list.filter((one) => one !== name) : [...list, name];
  const line = ({ name, type }: Column): TemplateResult => {
    const isShown = !hidden.includes(name);
    // A table without columns shows nothing to bring them back by.
    const isLast = isShown && visible === 1;
    return html`<li class="columns-line">
      ${checkbox({
        label: name === '' ? '(no name)' : name,
        checked: isShown,
        disabled: isLast,
        onChange: () => set({ hidden: toggled(hidden, name) }),
      })}
      ${icon(typeIcon(type))}
      ${button({
        label: `Move ${name} up`,
        icon: 'arrow-up',
        kind: 'icon',
        onClick: () => set({ order: moved(columns, name, -1) }),
      })}
      ${button({
        label: `Move ${name} down`,
        icon: 'arrow-down',
        kind: 'icon',
        onClick: () => set({ order: moved(columns, name, 1) }),
      })}
      ${button({
        label: pinned.includes(name) ? `Unpin ${name}` : `Pin ${name}`,
        icon: pinned.includes(name) ? 'pinned' : 'pin',
        kind: 'icon',
        pressed: pinned.includes(name),
        onClick: () => set({ pinned: toggled(pinned, name) }),
      })}
    </li>`;
  };
  return html`<aside class="details" aria-label="Columns">
    <div class="details-head">
      ${icon('list-selection')}
      <h2>Columns</h2>
      ${button({ label: 'Close the columns', icon: 'close', kind: 'icon', onClick: onClose })}
    </div>
    ${textField({
      label: 'Search columns',
      hideLabel: true,
      placeholder: 'Search columns',
      icon: 'search',
      value: search,
      onInput(value) {
        search = value;
        draw();
      },
    })}
    <div class="row">
      ${button({
        label: 'Show All',
        kind: 'secondary',
        disabled: visible === columns.length,
        onClick: () => set({ hidden: [] }),
      })}
      ${button({
        label: search === '' ? 'Hide All but the First' : 'Only These',
        kind: 'secondary',
        disabled: found.length === 0,
        onClick: () => {
          const keep = new Set((search === '' ? found.slice(0, 1) : found).map(({ name }) => name));
          set({ hidden: columns.map(({ name }) => name).filter((name) => !keep.has(name)) });
        },
      })}
      ${button({
        label: 'As in the File',
        kind: 'secondary',
        disabled: order.length + hidden.length + pinned.length === 0,
        onClick: () => set({ order: [], hidden: [], pinned: [] }),
      })}
    </div>
    <p class="muted">${visible} of ${plural(columns.length, 'column')} shown</p>
    <ul class="columns-list">
      ${found.slice(0, MOST_LISTED).map(line)}
    </ul>
    ${
      found.length > MOST_LISTED
        ? html`<p class="muted">The first ${MOST_LISTED} of ${found.length}: search for the others.</p>`
        : nothing
    }
  </aside>`;
}
