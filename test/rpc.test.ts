import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../src/core/errors';
import { connect, type Connection, type Handlers, type Port } from '../src/rpc';

interface Remote {
  add(params: { a: number; b: number }): number;
  fail(params: { user: boolean }): string;
  count(params: { to: number }): number;
  forever(params: object): string;
}

const opened: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.dispose();
});

function pair(): [Port, Port] {
  const { port1, port2 } = new MessageChannel();
  const port = (side: typeof port1): Port => ({
    post: (message) => side.postMessage(message),
    listen(receive) {
      side.on('message', receive);
      return () => side.off('message', receive);
    },
  });
  opened.push({
    dispose: () => {
      port1.close();
      port2.close();
    },
  });
  return [port(port1), port(port2)];
}

function start(aborted: string[] = []): Connection<Remote> {
  const [near, far] = pair();
  const handlers: Handlers<Remote> = {
    add: ({ a, b }) => a + b,
    fail: ({ user }) => {
      if (user) throw new UserError('quota', 'The disk is full.', { fix: 'Free some space.' });
      throw new TypeError('odd');
    },
    count: ({ to }, { progress }) => {
      for (let at = 1; at <= to; at += 1) progress(at);
      return to;
    },
    forever: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push('forever');
          reject(new DOMException('Cancelled.', 'AbortError'));
        });
      }),
  };
  opened.push(connect(far, handlers));
  const connection = connect<Remote>(near, {});
  opened.push(connection);
  return connection;
}

describe('rpc', () => {
  it('answers calls that overlap, each with its own result', async () => {
    const remote = start();
    const sums = await Promise.all([1, 2, 3].map((a) => remote.call('add', { a, b: 10 })));
    expect(sums).toEqual([11, 12, 13]);
  });

  it('carries a UserError with its kind and fix, and an other error as a plain one', async () => {
    const remote = start();
    const user = await remote.call('fail', { user: true }).catch((error: unknown) => error);
    expect(user).toBeInstanceOf(UserError);
    expect(user).toMatchObject({ kind: 'quota', message: 'The disk is full.', fix: 'Free some space.' });
    const other = await remote.call('fail', { user: false }).catch((error: unknown) => error);
    expect(other).not.toBeInstanceOf(UserError);
    expect(other).toMatchObject({ message: 'odd' });
  });

  it('tells progress in order before the result', async () => {
    const seen: unknown[] = [];
    const result = await start().call('count', { to: 4 }, { onProgress: (value) => seen.push(value) });
    expect({ result, seen }).toEqual({ result: 4, seen: [1, 2, 3, 4] });
  });

  it('rejects at once when the signal fires, and aborts the remote handler', async () => {
    const aborted: string[] = [];
    const remote = start(aborted);
    const abort = new AbortController();
    const call = remote.call('forever', {}, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await expect(remote.call('add', { a: 1, b: 1 })).resolves.toBe(2);
    expect(aborted).toEqual(['forever']);
  });

  it('does not send a call whose signal has fired before', async () => {
    const aborted: string[] = [];
    const remote = start(aborted);
    await expect(remote.call('forever', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await remote.call('add', { a: 1, b: 1 });
    expect(aborted).toEqual([]);
  });

  it('rejects what is pending and what comes later once disposed', async () => {
    const remote = start();
    const call = remote.call('forever', {});
    remote.dispose(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    await expect(remote.call('add', { a: 1, b: 1 })).rejects.toThrow('gone');
  });

  it('does not reach what an object inherits', async () => {
    const remote = start() as unknown as Connection<{ toString(params: object): string }>;
    await expect(remote.call('toString', {})).rejects.toThrow('There is no method "toString" here.');
  });
});
