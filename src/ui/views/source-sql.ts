import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { parseTableUri } from '../../core/source-uri';
import type { SqlViewApi, SqlViewEvents } from '../../protocol';
import { bytes as bytesText } from '../../words';
import { askOne, askText } from '../ask';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import type { Ui } from '../project';
import { showPage } from '../webview';

/** The panel of SQL over a table in a source: GoogleSQL, run where the data is. `key.name` is the table's address, or a `.sql` file about one. */
export function showSourceSql(
  ui: Ui,
  panel: vscode.WebviewPanel,
  key: PanelKey,
  table: string,
): PanelContent {
  const { root, name } = key;
  const isFile = /\.sql$/i.test(name);
  const { project, dataset, table: id } = parseTableUri(table);
  const quoted = `\`${project}.${dataset}.${id.replace(/\$.*$/, '')}\``;
  /** The texts of the results that are shown, for saving. */
  const asked = new Map<string, string>();

  const page = showPage<SqlViewApi, SqlViewEvents>(
    ui,
    panel.webview,
    'sql',
    {
      async open() {
        const source = await (await ui.lifecycle(root)).sources.open(table);
        const { columns } = await source.schema(table);
        return {
          title: `${isFile ? path.basename(name) : id} in BigQuery`,
          tables: [{ names: [quoted], path: table, columns }],
          text: isFile ? await readFile(name, 'utf8') : `SELECT *\nFROM ${quoted}\nLIMIT 1000`,
          isFile,
          trusted: vscode.workspace.isTrusted,
          source: 'BigQuery',
        };
      },
      async run({ sql }, { signal }) {
        const { sources } = await ui.lifecycle(root);
        const source = await sources.open(table);
        const params = await paramsOf(sql);
        const found = await source.query(sql, { action: 'Run the query', params }, sources.asked({ signal }));
        asked.set(found.result, sql);
        const cost = found.cached
          ? 'From the cache: nothing was billed.'
          : `${bytesText(found.bytes)} read, ${bytesText(found.billed)} billed.`;
        return {
          query: found.result,
          columns: found.columns,
          rows: found.rows,
          ms: found.ms,
          rejected: 0,
          note: cost,
        };
      },
      async page({ query, offset, limit }, { signal }) {
        const source = await (await ui.lifecycle(root)).sources.open(table);
        return source.resultPage(query, { offset, limit }, signal);
      },
      async saveAsDataset({ query }) {
        const sql = asked.get(query);
        if (sql === undefined)
          throw new UserError('notFound', 'That result is gone.', { fix: 'Run the query again.' });
        const items = [
          { label: 'View…', detail: 'The query with a name; it is run whenever it is read', as: 'view' },
          { label: 'Table…', detail: 'The rows as they are now', as: 'table' },
        ] as const;
        const pick = await askOne(items, {
          title: 'Save in BigQuery As',
          matchOnDetail: true,
        });
        if (!pick) return undefined;
        const { saveQuery } = await import('../actions/sources');
        const made = await saveQuery(ui, root, { sql, beside: table, as: pick.as });
        if (made === undefined) return undefined;
        const { datasets } = await ui.lifecycle(root);
        const kept = await datasets.add(made);
        ui.changed(root, 'datasets');
        return kept.name;
      },
      async saveSql({ sql }) {
        const target = await vscode.window.showSaveDialog({
          title: 'Save SQL',
          defaultUri: vscode.Uri.file(isFile ? name : path.join(root, `${id.replace(/\$.*$/, '')}.sql`)),
          filters: { SQL: ['sql'] },
        });
        if (!target) return undefined;
        const about = /^--\s*data:/m.test(sql) ? '' : `-- data: ${table}\n`;
        await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(`${about}${sql.trimEnd()}\n`));
        return path.basename(target.fsPath);
      },
      runFix,
    },
    panelState(key),
  );
  return { dispose: () => page.dispose() };
}

/** Values of the names that the query has with an @, one after the other. */
async function paramsOf(sql: string): Promise<Record<string, { type: string; value: string }>> {
  // Not those in texts and comments.
  const plain = sql.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//g, '');
  const names = [...new Set([...plain.matchAll(/(?<!@)@(\w+)/g)].map(([, name = '']) => name))];
  const found: Record<string, { type: string; value: string }> = {};
  for (const name of names) {
    const value = await askText({
      title: `Value of @${name}`,
      prompt: 'A text; a number or date with its type before it: INT64:5, FLOAT64:1.5, DATE:2024-12-31',
    });
    if (value === undefined) throw new UserError('cancelled', `No value was given for @${name}.`);
    const [, type, rest] =
      /^(INT64|FLOAT64|NUMERIC|BIGNUMERIC|BOOL|STRING|DATE|DATETIME|TIMESTAMP|TIME|BYTES):(.*)$/s.exec(
        value,
      ) ?? [];
    found[name] = { type: type ?? 'STRING', value: rest ?? value };
  }
  return found;
}
