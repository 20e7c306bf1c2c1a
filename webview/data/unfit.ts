import { html, nothing, type TemplateResult } from 'lit';
import type { DataViewApi, Dialect, UnfitCells } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { standInsText, unfitText } from '../../src/words-table';
import { button } from '../shared/controls';
import { notice } from '../shared/error';
import type { saved } from './choice';

type Choose = (part: Parameters<typeof saved.set>[0]) => void;

export interface Unfit {
  /** Asks which cells there are, once all rows were read. */
  ask(signal: AbortSignal): Promise<void>;
  /** The table is another one now. */
  forget(): void;
  /** One line for each such column, with what can be done. `given` is absent where it cannot be chosen how the table is read. */
  notice(given: Partial<Dialect> | undefined, choose: Choose): TemplateResult | typeof nothing;
}

/** Cells that are no value of their column's type. */
export function createUnfit(
  host: Connection<DataViewApi>,
  onChange: () => void,
  onError: (error: unknown) => void,
): Unfit {
  let cells: readonly UnfitCells[] = [];
  const setDialect = (dialect: Partial<Dialect>): void => {
    host.call('setDialect', { dialect }).catch(onError);
  };
  return {
    async ask(signal) {
      cells = await host.call('unfit', {}, { signal });
      onChange();
    },
    forget() {
      cells = [];
    },
    notice(given, choose) {
      if (cells.length === 0) return nothing;
      return notice(
        'warning',
        html`<ul class="data-notes data-unfit">
          ${cells.map((one) => line(one, { given, setDialect, choose }))}
        </ul>`,
      );
    },
  };
}

function line(
  one: UnfitCells,
  {
    given,
    setDialect,
    choose,
  }: {
    readonly given: Partial<Dialect> | undefined;
    readonly setDialect: (dialect: Partial<Dialect>) => void;
    readonly choose: Choose;
  },
): TemplateResult {
  const { column, first, texts, count } = one;
  const rows = first.map(({ row }) => row);
  const show = count === 1 ? 'the Row' : first.length < count ? `the First ${first.length}` : 'the Rows';
  const name = `${standInsText(texts)} in ${column}`;
  return html`<li>
    <span>${unfitText(one)}</span>
    ${given ? missingButton({ given, column, texts, onDialect: setDialect }) : nothing}
    ${button({
      label: `Show ${show}`,
      kind: 'secondary',
      onClick: () => choose({ filter: [{ is: 'rows', column: '', rows, name }] }),
    })}
  </li>`;
}

/** Has these texts read as missing in that column from now on. */
export function missingButton({
  given,
  column,
  texts,
  onDialect,
}: {
  readonly given: Partial<Dialect>;
  readonly column: string;
  readonly texts: readonly string[];
  readonly onDialect: (dialect: Partial<Dialect>) => void;
}): TemplateResult {
  const all = [...new Set([...(given.missing?.[column] ?? []), ...texts])];
  return button({
    label: 'Treat as Missing',
    kind: 'secondary',
    title: `Read ${standInsText(texts)} in ${column} as missing from now on; it is remembered for this file`,
    onClick: () => onDialect({ ...given, missing: { ...given.missing, [column]: all } }),
  });
}
