import type { EndpointViewApi, EndpointViewState, ErrorData, Fix } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import type { ViewState } from '../shared/host';
import type { FormValues } from './form';

/** Small state that outlives a reload of the view. */
export interface Kept {
  readonly tab: string;
  readonly values: FormValues;
  readonly paste: string;
  readonly window: string;
  readonly psi: boolean;
  readonly gate: string;
  readonly promote: boolean;
}

/** What both tabs work with. */
export interface EndpointContext {
  readonly host: Connection<EndpointViewApi>;
  readonly kept: ViewState<Kept>;
  /** The last state that the host gave. */
  readonly state: () => EndpointViewState | undefined;
  readonly redraw: () => void;
  readonly reopen: () => void;
  /** Rows were sent: what the monitor showed is no longer all. */
  readonly sent: () => void;
  readonly runFix: (fix: Fix) => void;
}

/** Work of one kind that is under way, can be cancelled, and ends well or with a failure to show. */
export interface Task {
  readonly busy: string | undefined;
  readonly failure: ErrorData | undefined;
  run(text: string, work: (signal: AbortSignal, say: (text: string) => void) => Promise<void>): void;
  readonly cancel: () => void;
  readonly dismiss: () => void;
}
