import type * as vscode from 'vscode';
import type { DoctorViewApi, DoctorViewEvents } from '../../protocol';
import { type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import type { Ui } from '../project';
import { showPage } from '../webview';

/** The doctor's page: what jobs need on this machine, each with its reason and a button. */
export function showDoctor(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  return showPage<DoctorViewApi, DoctorViewEvents>(
    ui,
    panel.webview,
    'doctor',
    {
      async open(_, { signal }) {
        const lifecycle = await ui.lifecycle(key.root);
        const cloud = (await lifecycle.providers()).find((one) => one.id !== 'local' && one.ready);
        return lifecycle.check(cloud ? { provider: cloud.id } : {}, signal);
      },
      fix: runFix,
    },
    panelState(key),
  );
}
