import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pythonEnvironment } from '../../scripts/lib/python.mjs';

/** moto's server: S3, STS and others of AWS, in memory. */
export interface Moto {
  readonly url: string;
  /** What a process needs so that the SDKs of AWS go there. */
  readonly env: Readonly<Record<string, string>>;
  /** Empties it. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** The interpreter that has moto; made on first use. */
export function motoPython(): string {
  return pythonEnvironment('moto', ['test/rigs/moto.txt']);
}

/** Starts moto on a free port of 127.0.0.1. */
export function startMoto(...options: readonly string[]): Promise<Moto> {
  return startMotoBy(['-m', 'moto.server'], ...options);
}

/** The same by a program of one's own, as Python's arguments, which ends in moto's server. */
export async function startMotoBy(program: readonly string[], ...options: readonly string[]): Promise<Moto> {
  const child = spawn(motoPython(), [...program, '-H', '127.0.0.1', '-p', '0', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  });
  const url = await address(child);
  return {
    url,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      // No login of the person who runs the tests is looked at.
      AWS_CONFIG_FILE: '/nowhere/config',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
    },
    async reset() {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function address(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('moto has no output.');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const found = /Running on (https?:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (found !== undefined) {
      // What it logs of each request is not read, but must not fill the pipe.
      child.stderr.resume();
      return found;
    }
  }
  throw new Error(`moto did not start:\n${said.join('\n')}`);
}
