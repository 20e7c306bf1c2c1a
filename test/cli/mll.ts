import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON document of --json. */
  readonly json: () => unknown;
}

/** A folder with files of its own, its own user state, and `mll` in it. */
export interface Sandbox {
  readonly folder: string;
  write(name: string, text: string): string;
  mll(...args: string[]): Promise<Answer>;
  /** `mll` in a terminal, with an answer typed at each question; fails when it asks more or less than that. */
  typed(answers: readonly string[], ...args: string[]): Promise<{ code: number; screen: string }>;
  /** The document that `mll --yes --json` prints; rejects when it fails. */
  done<T>(...args: string[]): Promise<T>;
  /** `mll` whose answer is read no further than its first bytes. */
  mllUnread(...args: string[]): Promise<{ code: number; stderr: string }>;
  /** `mll` that is not waited for; its answer can be read from stdout, its progress from stderr, which must be read. */
  start(...args: string[]): ChildProcess;
  /** Where the engine keeps its temporary files, below a folder of the user's. */
  readonly temporary: string;
  /** The user's state: tokens, where endpoints listen. */
  readonly state: string;
  remove(): void;
}

export function makeSandbox(name = 'mll ünï '): Sandbox {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), name));
  const folder = path.join(base, 'my project');
  fs.mkdirSync(folder);
  const temporary = path.join(base, 'tmp');
  fs.mkdirSync(temporary);
  const env = { ...process.env, MLL_STATE: path.join(base, 'state'), TMPDIR: temporary, TEMP: temporary };
  const sandbox: Sandbox = {
    folder,
    temporary,
    state: env.MLL_STATE,
    start: (...args) =>
      spawn(process.execPath, [path.join(root, 'dist/mll.js'), ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    write(file, text) {
      const target = path.join(folder, file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, text);
      return target;
    },
    mll(...args) {
      return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [path.join(root, 'dist/mll.js'), ...args], {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let stdout = '';
        let stderr = '';
        child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
        child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
        child.once('error', reject);
        child.once('close', (code) => {
          resolve({
            code: code ?? -1,
            stdout,
            stderr,
            json: () => {
              try {
                return JSON.parse(stdout) as unknown;
              } catch (error) {
                throw new Error(
                  `mll ${args.join(' ')} printed no JSON (exit ${code}): ${stdout}\n${stderr}`,
                  { cause: error },
                );
              }
            },
          });
        });
      });
    },
    async typed(answers, ...args) {
      const script = path.join(import.meta.dirname, 'typed.py');
      const command = [
        script,
        JSON.stringify(answers),
        process.execPath,
        path.join(root, 'dist/mll.js'),
        ...args,
      ];
      const { stdout } = await promisify(execFile)('python3', command, { cwd: folder, env });
      const { left, ...seen } = JSON.parse(stdout) as { code: number; screen: string; left: string[] };
      if (left.length > 0) throw new Error(`mll asked ${left.length} times less: ${seen.screen}`);
      return { ...seen, screen: stripVTControlCharacters(seen.screen) };
    },
    async done<T>(...args: string[]) {
      const { code, json, stdout, stderr } = await sandbox.mll('--yes', '--json', ...args);
      if (code !== 0) throw new Error(`mll ${args.join(' ')} exits ${code}: ${stdout}${stderr}`);
      return json() as T;
    },
    async mllUnread(...args) {
      const child = spawn(process.execPath, [path.join(root, 'dist/mll.js'), ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      child.stdout.once('data', () => child.stdout.destroy());
      const [code] = (await once(child, 'close')) as [number | null];
      return { code: code ?? -1, stderr };
    },
    remove: () => fs.rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
  return sandbox;
}
