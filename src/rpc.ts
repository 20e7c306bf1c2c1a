import { type ErrorData, fromErrorData, toErrorData } from './core/errors';

/** One end of a two-way pipe of structured-clonable messages: a webview, or the engine's process. */
export interface Port {
  post(message: unknown): void;
  /** Calls `receive` for every message; the function returned ends that. */
  listen(receive: (message: unknown) => void): () => void;
}

/** An interface of methods, each of one parameter object and one result. */
export type Methods<T> = { [K in keyof T]: (params: never) => unknown };

type Params<F> = F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;

/** What a handler gets beside its parameters. `progress` reaches the caller's `onProgress`. */
export interface CallContext {
  readonly signal: AbortSignal;
  readonly progress: (value: unknown) => void;
}

/** Every method of the interface must be there: a missing one does not compile. */
export type Handlers<T extends Methods<T>> = {
  readonly [K in keyof T]: (
    params: Params<T[K]>,
    context: CallContext,
  ) => Result<T[K]> | Promise<Result<T[K]>>;
};

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((value: unknown) => void) | undefined;
}

export interface Connection<Remote extends Methods<Remote>> {
  /** Rejects with the remote UserError, or with an AbortError as soon as the signal fires (the remote is told). */
  call<K extends keyof Remote & string>(
    method: K,
    params: Params<Remote[K]>,
    options?: CallOptions,
  ): Promise<Result<Remote[K]>>;
  /** Rejects what is pending with `reason`, aborts what runs here, and stops listening. Idempotent. */
  dispose(reason?: Error): void;
}

type Message =
  | { readonly rpc: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly rpc: 'cancel'; readonly id: number }
  | { readonly rpc: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly rpc: 'done'; readonly id: number; readonly result: unknown }
  | { readonly rpc: 'failed'; readonly id: number; readonly error: ErrorData };

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: ((value: unknown) => void) | undefined;
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'rpc' in value && 'id' in value;
}

/**
 * Typed calls both ways over one port. Each side passes the handlers of its own interface and names the other's:
 * `connect<EngineApi, HostApi>(port, hostHandlers)`. Calls may overlap and may be cancelled; there is no time-out.
 */
export function connect<Remote extends Methods<Remote>, Local extends Methods<Local> = object>(
  port: Port,
  handlers: Handlers<Local>,
): Connection<Remote> {
  const pending = new Map<number, Pending>();
  const running = new Map<number, AbortController>();
  let lastId = 0;
  let closed: Error | undefined;

  const table = handlers as Readonly<
    Record<string, ((params: unknown, context: CallContext) => unknown) | undefined>
  >;

  async function serve(id: number, method: string, params: unknown): Promise<void> {
    const abort = new AbortController();
    running.set(id, abort);
    const post = (message: Message): void => {
      if (!closed) port.post(message);
    };
    try {
      const handler = Object.hasOwn(table, method) ? table[method] : undefined;
      if (!handler) throw new Error(`There is no method "${method}" here.`);
      const context: CallContext = {
        signal: abort.signal,
        progress: (value) => {
          post({ rpc: 'progress', id, value });
        },
      };
      post({ rpc: 'done', id, result: await handler(params, context) });
    } catch (error) {
      post({ rpc: 'failed', id, error: toErrorData(error) });
    } finally {
      running.delete(id);
    }
  }

  const stop = port.listen((message) => {
    if (closed || !isMessage(message)) return;
    switch (message.rpc) {
      case 'call':
        void serve(message.id, message.method, message.params);
        return;
      case 'cancel':
        running.get(message.id)?.abort();
        return;
      case 'progress':
        pending.get(message.id)?.onProgress?.(message.value);
        return;
      case 'done':
        pending.get(message.id)?.resolve(message.result);
        return;
      case 'failed':
        pending.get(message.id)?.reject(fromErrorData(message.error));
        return;
    }
  });

  return {
    call(method, params, options = {}) {
      return new Promise<never>((resolve, reject) => {
        if (closed) {
          reject(closed);
          return;
        }
        const { signal, onProgress } = options;
        if (signal?.aborted) {
          reject(new DOMException('Cancelled.', 'AbortError'));
          return;
        }
        const id = ++lastId;
        const cancel = (): void => {
          if (!pending.has(id)) return;
          port.post({ rpc: 'cancel', id } satisfies Message);
          settle();
          reject(new DOMException('Cancelled.', 'AbortError'));
        };
        const settle = (): void => {
          pending.delete(id);
          signal?.removeEventListener('abort', cancel);
        };
        pending.set(id, {
          resolve: (value) => {
            settle();
            resolve(value as never);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
          onProgress,
        });
        signal?.addEventListener('abort', cancel);
        port.post({ rpc: 'call', id, method, params } satisfies Message);
      });
    },
    dispose(reason = new Error('The connection was closed.')) {
      if (closed) return;
      closed = reason;
      stop();
      for (const abort of running.values()) abort.abort();
      for (const one of [...pending.values()]) one.reject(reason);
      pending.clear();
    },
  };
}
