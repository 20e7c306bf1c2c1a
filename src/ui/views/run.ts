import type * as vscode from 'vscode';
import { commands } from 'vscode';
import type { RunViewApi, RunViewEvents } from '../../protocol';
import { isAbort } from '../../core/errors';
import type { Run } from '../../core/run';
import { isActive } from '../active';
import { deployModel } from '../actions/models';
import { followRun } from '../jobs';
import { openPanel, type PanelContent, type PanelKey, panelState, retitle, runFix } from '../panels';
import { waitFor } from '../progress';
import type { Ui } from '../project';
import { ensureReady } from '../where';
import { clock, subject } from '../words';
import { showPage } from '../webview';

/** Unlike the training page's title, and unlike that of another run of the same name. */
function runTitle(run: Run): string {
  return `Run: ${run.kind} ${subject(run)}, ${clock(run.submitted)}`;
}

/** A run's page: log and metrics while it goes, the report when it has ended. */
export function showRun(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  const { root, name: id } = key;
  const core = () => ui.lifecycle(root);
  const page = showPage<RunViewApi, RunViewEvents>(
    ui,
    panel.webview,
    'run',
    {
      async open() {
        const lifecycle = await core();
        const run = await lifecycle.runs.get(id);
        retitle(panel, 'run', runTitle(run));
        // A run that an earlier window or the terminal started is followed from here on.
        if (isActive(run)) followRun(ui, root, run);
        const report = isActive(run) ? undefined : await lifecycle.runs.report(id);
        const model = run.model
          ? await lifecycle.models.get(`${run.model.name}@${run.model.version}`).catch(() => null)
          : null;
        const isPrepared = run.kind === 'prepare' && run.status === 'completed';
        const prepared = isPrepared ? await lifecycle.runs.prepared(id) : undefined;
        return { run, report: report ?? null, model, prepared: prepared ?? null };
      },
      logs: async ({ cursor }) => (await core()).runs.logs(id, cursor),
      metrics: async ({ cursor }) => (await core()).runs.metrics(id, cursor),
      async cancel() {
        await (await core()).runs.cancel(id);
        ui.changed(root, 'runs');
      },
      async rerun() {
        const lifecycle = await core();
        const { provider } = await lifecycle.runs.get(id);
        if (!(await ensureReady(ui, root, provider))) return;
        const run = await waitFor('Starting', (call) => lifecycle.runs.rerun(id, {}, call));
        followRun(ui, root, run);
        openPanel(ui, { view: 'run', root, name: run.id });
      },
      async deploy() {
        const { model } = await (await core()).runs.get(id);
        if (!model) return;
        await deployModel(ui, root, `${model.name}@${model.version}`).catch((error: unknown) => {
          if (!isAbort(error)) throw error;
        });
      },
      async openData() {
        const run = await (await core()).runs.get(id);
        const data = run.output ?? run.dataset?.name ?? run.data?.name;
        if (data !== undefined) await commands.executeCommand('mll.openData', data);
      },
      openLog: async () => {
        await commands.executeCommand('mll.run.openLog', id);
      },
      openConsole: async () => {
        await commands.executeCommand('mll.run.openConsole', id);
      },
      runFix,
    },
    panelState(key),
  );
  const watching = ui.onChanged((change) => {
    if (change.root === root && change.what === 'runs') page.tell('changed', {});
  });
  return {
    dispose() {
      watching.dispose();
      page.dispose();
    },
  };
}
