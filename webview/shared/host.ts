import { connect, type Connection, type Handlers, type Methods } from '../../src/rpc';
import { keepFocus } from './keep-focus';

interface VsCode {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCode;

let acquired: VsCode | undefined;

/** VS Code hands its API out once per page only. */
function vscode(): VsCode {
  acquired ??= acquireVsCodeApi();
  return acquired;
}

/** Typed calls to the extension host; `handlers` answer the host's events. Lives as long as the page. */
export function connectHost<Api extends Methods<Api>, Events extends Methods<Events>>(
  handlers: Handlers<Events>,
): Connection<Api> {
  return connect<Api, Events>(
    {
      post: (message) => {
        vscode().postMessage(message);
      },
      listen(receive) {
        const onMessage = (event: MessageEvent<unknown>): void => receive(event.data);
        window.addEventListener('message', onMessage);
        return () => window.removeEventListener('message', onMessage);
      },
    },
    handlers,
  );
}

/** What a view keeps over a reload: plain JSON values. */
export interface ViewState<T extends object> {
  get(): Readonly<T>;
  set(part: Partial<T>): void;
}

function savedObject(): Readonly<Record<string, unknown>> {
  const saved = vscode().getState();
  return typeof saved === 'object' && saved !== null ? { ...saved } : {};
}

/**
 * The view's small state, kept by VS Code over reloads and hidden tabs. A saved value is taken only when it has the
 * type of its initial one; fields that others wrote (the host's key of the panel) are handed on unchanged.
 */
export function viewState<T extends object>(initial: T): ViewState<T> {
  const saved = savedObject();
  const entries = Object.entries(initial).map(([name, value]: [string, unknown]) => {
    const old = saved[name];
    const fits = typeof old === typeof value && Array.isArray(old) === Array.isArray(value) && old !== null;
    return [name, fits ? old : value] as const;
  });
  let state = Object.fromEntries(entries) as T;
  return {
    get: () => state,
    set(part) {
      state = { ...state, ...part };
      vscode().setState({ ...savedObject(), ...state });
    },
  };
}

/** The element that a view renders into; from here on the page keeps its focus. */
export function appElement(): HTMLElement {
  const app = document.getElementById('app');
  if (!app) throw new Error('The page has no element "app".');
  keepFocus(document);
  return app;
}
