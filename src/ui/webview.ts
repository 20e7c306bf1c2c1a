import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { type Connection, connect, type Handlers, type Methods } from '../rpc';
import { toErrorData } from '../core/errors';
import { logDefect } from './errors';
import type { Ui } from './project';

/** What a restored panel needs to know to fill itself; plain data, kept in the page's own state. */
export type PanelKey = Readonly<Record<string, string>>;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function page(ui: Ui, webview: vscode.Webview, view: string, key: PanelKey | undefined): string {
  const nonce = randomBytes(16).toString('base64');
  const source = webview.cspSource;
  const address = (file: string): string =>
    escaped(webview.asWebviewUri(vscode.Uri.file(ui.dist('webview', file))).toString());
  const policy = [
    `default-src 'none'`,
    `img-src ${source} data:`,
    `font-src ${source}`,
    `style-src ${source} 'nonce-${nonce}'`,
    `script-src ${source} 'nonce-${nonce}'`,
  ].join('; ');
  const style = existsSync(ui.dist('webview', `${view}.css`))
    ? `<link rel="stylesheet" href="${address(`${view}.css`)}">`
    : '';
  // A page may take VS Code's API once: it is taken here to note the panel's key, and handed on.
  const remember =
    key === undefined
      ? ''
      : `<script nonce="${nonce}">{const api=acquireVsCodeApi();api.setState({...api.getState(),panel:${JSON.stringify(
          key,
        ).replaceAll('<', '\\u003c')}});globalThis.acquireVsCodeApi=()=>api}</script>`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ML Lifecycle</title>${style}</head>
<body><main id="app" data-view="${view}"></main>${remember}
<script type="module" nonce="${nonce}" src="${address(`${view}.js`)}"></script></body></html>`;
}

function withLog<Api extends Methods<Api>>(ui: Ui, handlers: Handlers<Api>): Handlers<Api> {
  const table = handlers as Readonly<Record<string, (params: never, context: never) => unknown>>;
  const logged = Object.entries(table).map(([name, handler]) => [
    name,
    async (params: never, context: never): Promise<unknown> => {
      try {
        return await handler(params, context);
      } catch (error) {
        if (toErrorData(error).kind === 'internal') logDefect(ui, error);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(logged) as Handlers<Api>;
}

/** Calls to the page that is loaded now; without one they go nowhere. */
export interface Page<Events extends Methods<Events>> {
  tell<K extends keyof Events & string>(
    event: K,
    params: Parameters<Connection<Events>['call']>[1] & Parameters<Events[K]>[0],
  ): void;
  dispose(): void;
}

/**
 * Fills a webview with one of our pages and answers its calls. A page is made anew whenever the view is shown again;
 * its calls count from 1, and what an earlier page had asked for is answered to nobody.
 */
export function showPage<Api extends Methods<Api>, Events extends Methods<Events>>(
  ui: Ui,
  webview: vscode.Webview,
  view: string,
  handlers: Handlers<Api>,
  key?: PanelKey,
): Page<Events> {
  let connection: Connection<Events> | undefined;
  let receive: ((message: unknown) => void) | undefined;
  let generation = 0;

  const renew = (): void => {
    generation += 1;
    const mine = generation;
    connection = connect<Events, Api>(
      {
        post: (message) => {
          if (mine === generation) void webview.postMessage(message);
        },
        listen: (listener) => {
          receive = listener;
          return () => {
            if (receive === listener) receive = undefined;
          };
        },
      },
      withLog(ui, handlers),
    );
  };

  const listening = webview.onDidReceiveMessage((message: unknown) => {
    if (isFirstCall(message)) renew();
    receive?.(message);
  });
  webview.options = {
    enableScripts: true,
    enableForms: false,
    localResourceRoots: [vscode.Uri.file(ui.dist('webview'))],
  };
  webview.html = page(ui, webview, view, key);
  return {
    tell(event, params) {
      connection?.call(event, params).catch(() => undefined);
    },
    dispose() {
      generation += 1;
      listening.dispose();
      connection?.dispose();
    },
  };
}

function isFirstCall(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'rpc' in message &&
    message.rpc === 'call' &&
    'id' in message &&
    message.id === 1
  );
}
