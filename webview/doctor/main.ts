import { html, render } from 'lit';
import type { Check, DoctorViewApi, DoctorViewEvents, ErrorData } from '../../src/protocol';
import { errorData, wasCancelled } from '../shared/error';
import { appElement, connectHost } from '../shared/host';
import { redrawer } from '../shared/redraw';
import '../shared/style.css';
import { doctorPage } from './page';
import './style.css';

const app = appElement();
let checks: readonly Check[] | undefined;
let busy = true;
let failure: ErrorData | undefined;

const host = connectHost<DoctorViewApi, DoctorViewEvents>({
  changed: () => void check(),
});

const redraw = redrawer(() => {
  render(
    html`${doctorPage({
      checks,
      busy,
      failure,
      onCheck: () => void check(),
      onFix: (fix) => {
        host.call('fix', { command: fix.command, ...(fix.args ? { args: fix.args } : {}) }).catch(fail);
      },
    })}`,
    app,
  );
});

function fail(error: unknown): void {
  if (!wasCancelled(error)) failure = errorData(error);
  redraw();
}

async function check(): Promise<void> {
  busy = true;
  failure = undefined;
  redraw();
  try {
    checks = await host.call('open', {});
  } catch (error) {
    fail(error);
  }
  busy = false;
  redraw();
}

void check();
