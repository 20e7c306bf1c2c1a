import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, SQLDialect, sql, type SQLNamespace } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { SqlTable, TextPlace } from '../../src/protocol';

/** The editor of the query. */
export interface SqlEditor {
  text(): string;
  setText(text: string): void;
  /** What names are completed. */
  setTables(tables: readonly SqlTable[]): void;
  /** Marks the place where the text is wrong and moves there; undefined: nothing is wrong. */
  mark(place: TextPlace | undefined): void;
  focus(): void;
}

/** Words of DuckDB's SQL that PostgreSQL's has not. */
const DUCKDB = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords ?? ''} anti asof columns describe exclude pivot positional qualify rename replace sample semi summarize try_cast unpivot`,
  types: `${PostgreSQL.spec.types ?? ''} hugeint tinyint ubigint uinteger usmallint utinyint struct map list`,
  doubleDollarQuotedStrings: true,
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: 'sql-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'sql-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'sql-number' },
  { tag: tags.comment, class: 'sql-comment' },
  { tag: tags.typeName, class: 'sql-type' },
]);

const setMark = StateEffect.define<{ from: number; to: number } | undefined>();
const wrong = Decoration.mark({ class: 'sql-wrong' });
/** The mark goes with the next change of the text. */
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, { effects, docChanged }) {
    for (const effect of effects) {
      if (!effect.is(setMark)) continue;
      return effect.value
        ? Decoration.set([wrong.range(effect.value.from, effect.value.to)])
        : Decoration.none;
    }
    return docChanged ? Decoration.none : old;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The characters to mark: the word that stands at the place, or one character; at the end the one before. */
export function markedRange(text: string, { line, column }: TextPlace): { from: number; to: number } {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const from = Math.min(text.length, before + column - 1);
  const word = /^(?:"(?:[^"]|"")*"|[\p{L}\p{N}_]+)/u.exec(text.slice(from))?.[0].length ?? 1;
  if (from >= text.trimEnd().length) {
    const last = text.trimEnd().length;
    return { from: Math.max(0, last - 1), to: Math.max(last, Math.min(1, text.length)) };
  }
  return { from, to: from + word };
}

function language(tables: readonly SqlTable[]): ReturnType<typeof sql> {
  const schema: Record<string, SQLNamespace> = {};
  for (const { names, columns } of tables) {
    for (const name of names) schema[name.replaceAll('.', '\\.')] = columns.map((one) => one.name);
  }
  const only = tables[0]?.names[0];
  return sql({
    dialect: DUCKDB,
    schema,
    // Columns of the table that the panel was opened for are offered without its name.
    ...(only === undefined ? {} : { defaultTable: only.replaceAll('.', '\\.') }),
    upperCaseKeywords: true,
  });
}

export function createEditor(
  parent: HTMLElement,
  options: { readonly text: string; readonly onRun: () => void; readonly onChange: (text: string) => void },
): SqlEditor {
  const grammar = new Compartment();
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.content ?? '';
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        lineNumbers(),
        highlightActiveLine(),
        drawSelection(),
        history(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false }),
        syntaxHighlighting(colours),
        marks,
        grammar.of(language([])),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL query. Ctrl+Enter runs it.' }),
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              options.onRun();
              return true;
            },
          },
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setTables(tables) {
      view.dispatch({ effects: grammar.reconfigure(language(tables)) });
    },
    mark(place) {
      const range = place && markedRange(view.state.doc.toString(), place);
      view.dispatch({
        effects: setMark.of(range && range.to > range.from ? range : undefined),
        ...(range ? { selection: { anchor: range.from }, scrollIntoView: true } : {}),
      });
    },
    focus: () => view.focus(),
  };
}
