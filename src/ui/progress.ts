import * as vscode from 'vscode';
import type { CallOptions } from '../rpc';
import { plural } from '../words';

function textOf(value: unknown): { message?: string; share?: number } {
  if (typeof value === 'string') return { message: value.trim().slice(0, 100) };
  if (typeof value !== 'object' || value === null) return {};
  if ('bytes' in value && 'totalBytes' in value) {
    const { bytes, totalBytes } = value;
    if (typeof bytes === 'number' && typeof totalBytes === 'number' && totalBytes > 0) {
      return { message: `${Math.floor((bytes / totalBytes) * 100)} %`, share: bytes / totalBytes };
    }
  }
  if ('status' in value) {
    const stage = 'stage' in value && typeof value.stage === 'string' ? value.stage : String(value.status);
    return { message: stage };
  }
  if ('rows' in value && typeof value.rows === 'number') {
    return { message: plural(value.rows, 'row') };
  }
  return {};
}

/** Shows what is waited for, with Cancel, while `work` runs. Progress values are texts, runs, or counts of rows and bytes. */
export async function waitFor<T>(title: string, work: (call: CallOptions) => Promise<T>): Promise<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort(new DOMException('Cancelled.', 'AbortError')));
      let shown = 0;
      return work({
        signal: abort.signal,
        onProgress: (value) => {
          const { message, share } = textOf(value);
          const increment = share === undefined ? 0 : Math.max(0, share * 100 - shown);
          shown += increment;
          progress.report({ ...(message === undefined ? {} : { message }), increment });
        },
      });
    },
  );
}
