import path from 'node:path';
import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import type { Access, Row } from '../../core/model';
import type { Case } from '../../core/monitor';
import type { EndpointViewApi, EndpointViewEvents, HistoryEntry } from '../../protocol';
import { startEndpoint } from '../actions/endpoints';
import { casesFile } from '../case-files';
import { askForData } from '../choose';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { ensureReady } from '../where';
import { watchFile } from '../watch-file';
import { showPage } from '../webview';

const KEPT_REQUESTS = 30;
/** Longer requests are answered, but not kept in the history. */
const KEPT_ROWS = 20;

/** An endpoint's page: a form made from the model's signature, and the monitor. */
export function showEndpoint(
  ui: Ui,
  panel: vscode.WebviewPanel,
  key: PanelKey,
  tab?: 'test' | 'monitor',
): PanelContent {
  const { root, name } = key;
  const core = () => ui.lifecycle(root);
  const file = casesFile(root, name);
  const memory = ui.extension.workspaceState;
  const historyKey = `history:${root}:${name}`;
  let wanted = tab;

  async function cases(): Promise<readonly Case[]> {
    const { readText } = await import('../../core/files');
    const text = await readText(file);
    return text === undefined ? [] : (await core()).cases.parse(text, file).cases;
  }
  async function remember(entry: HistoryEntry): Promise<void> {
    if (entry.rows.length > KEPT_ROWS) return;
    const before = memory.get<readonly HistoryEntry[]>(historyKey, []);
    await memory.update(historyKey, [entry, ...before].slice(0, KEPT_REQUESTS));
  }
  const changed = (): void => ui.changed(root, 'endpoints');

  const page = showPage<EndpointViewApi, EndpointViewEvents>(
    ui,
    panel.webview,
    'endpoint',
    {
      async open() {
        const { endpoints } = await core();
        const endpoint = await endpoints.get(name);
        const first = wanted;
        wanted = undefined;
        // After the answer, so that the page is there to be told.
        if (first) setTimeout(() => page.tell('show', { tab: first }), 0);
        return {
          endpoint,
          signature: await endpoints.signature(name).catch(() => null),
          history: memory.get<readonly HistoryEntry[]>(historyKey, []),
          casesFile: path.relative(root, file),
          cases: await cases(),
        };
      },
      async send({ rows }, { signal }) {
        const time = new Date().toISOString();
        try {
          const result = await (await core()).endpoints.invoke(name, rows, signal);
          await remember({ time, rows, result, error: null });
          return result;
        } catch (error) {
          await remember({ time, rows, result: null, error: toErrorData(error) });
          throw error;
        }
      },
      async parse({ text }) {
        const [{ parseRows }, lifecycle] = await Promise.all([import('../../core/paste'), core()]);
        return parseRows(text, await lifecycle.endpoints.signature(name));
      },
      async sendFile(_, { signal, progress }) {
        const data = await askForData('Rows to send', root);
        if (data === undefined) return undefined;
        const { endpoints } = await core();
        const result = await endpoints.invokeFile(name, data, undefined, { signal, onProgress: progress });
        await vscode.commands.executeCommand('mll.openData', vscode.Uri.file(result.output));
        return result;
      },
      copyAs: async ({ language, rows }) => copyAs(ui, root, name, language, rows),
      async saveCase({ name: title, row, prediction }) {
        const { cases: api } = await core();
        const { readText, writeText } = await import('../../core/files');
        // A file that cannot be read now must not be taken for an empty one: it would be written over.
        const text = (await readText(file)) ?? '';
        const tolerance =
          typeof prediction.prediction === 'number' && !Number.isInteger(prediction.prediction)
            ? { tolerance: 1e-6 }
            : {};
        const next = api.append(text, name, {
          name: title,
          row,
          expect: prediction.prediction,
          ...tolerance,
        });
        await writeText(file, next);
        return cases();
      },
      async runCases(_, { signal, progress }) {
        return (await core()).cases.run(name, await cases(), { signal, onProgress: progress });
      },
      async monitor({ since, labels, psi }, { signal, progress }) {
        const chosen =
          labels === true ? await askForData('True values (ids or inputs, and the target)', root) : undefined;
        if (labels === true && chosen === undefined) return undefined;
        return (await core()).endpoints.monitor(
          name,
          {
            ...(since === undefined ? {} : { since }),
            ...(chosen === undefined ? {} : { labels: chosen }),
            ...(psi === undefined ? {} : { psi }),
          },
          { signal, onProgress: progress },
        );
      },
      async retrain({ chooseData, promote, gate }, { signal, progress }) {
        const data = chooseData ? await askForData('New data to train on', root) : undefined;
        if (chooseData && data === undefined) return undefined;
        const { provider } = await (await core()).endpoints.get(name);
        if (!(await ensureReady(ui, root, provider))) return undefined;
        const result = await (
          await core()
        ).endpoints.retrain(
          name,
          { promote, ...(data === undefined ? {} : { data }), ...(gate === undefined ? {} : { gate }) },
          { signal, onProgress: progress },
        );
        for (const what of ['runs', 'models', 'endpoints'] as const) ui.changed(root, what);
        return result;
      },
      async rollback() {
        await waitFor(`Rolling back ${name}`, async (call) => (await core()).endpoints.rollback(name, call));
        changed();
      },
      async serve({ reference }) {
        await waitFor(`Updating ${name}`, async (call) =>
          (await core()).endpoints.update(name, reference, call),
        );
        changed();
      },
      start: async () => {
        const { provider } = await (await core()).endpoints.get(name);
        if (await ensureReady(ui, root, provider)) await startEndpoint(ui, root, name);
      },
      async stop() {
        await (await core()).endpoints.stop(name);
        changed();
      },
      openLog: async () => {
        await vscode.commands.executeCommand('mll.endpoint.openLog', name);
      },
      openConsole: async () => {
        const { place } = await (await core()).endpoints.get(name);
        if (place) await vscode.env.openExternal(vscode.Uri.parse(place.console));
      },
      openCases: async () => {
        await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: vscode.ViewColumn.Beside });
      },
      runFix,
    },
    panelState(key),
  );
  const watching = ui.onChanged((change) => {
    if (change.root === root && change.what === 'endpoints') page.tell('changed', {});
  });
  const watchingCases = watchFile(vscode.Uri.file(file), () => page.tell('changed', {}));
  return {
    show: (next) => page.tell('show', { tab: next }),
    dispose() {
      watching.dispose();
      watchingCases.dispose();
      page.dispose();
    },
  };
}

async function copyAs(
  ui: Ui,
  root: string,
  name: string,
  language: 'curl' | 'python' | 'javascript',
  rows: readonly Row[],
): Promise<void> {
  const [{ snippet, TOKEN_VARIABLE }, lifecycle] = await Promise.all([
    import('../../core/snippets'),
    ui.lifecycle(root),
  ]);
  const access = await lifecycle.endpoints.access(name);
  const shell = language === 'curl' && process.platform === 'win32' ? 'powershell' : language;
  await vscode.env.clipboard.writeText(snippet(shell, access, rows));
  // Not waited for: the page would copy nothing else while this notification is there.
  void offerToken(access, TOKEN_VARIABLE);
}

async function offerToken({ token, signed }: Access, variable: string): Promise<void> {
  if (token === undefined) {
    const cloud = signed?.by === 'google' ? 'Google Cloud' : 'AWS';
    await vscode.window.showInformationMessage(
      `Copied. The request is made with the caller’s own login to ${cloud}, which its tools find by themselves.`,
    );
    return;
  }
  const copy = 'Copy Token';
  const pick = await vscode.window.showInformationMessage(
    `Copied. It takes the token from the environment variable ${variable}.`,
    copy,
  );
  if (pick === copy) await vscode.env.clipboard.writeText(token);
}
