import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vertexImagePython } from '../../../../scripts/lib/google-rig.mjs';

/** Between SIGTERM and SIGKILL of a container that is ended. */
const GRACE_MS = 3000;
const PASSED_ON = /^(PIP_|SSL_|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy)/;

export type Say = (line: string, isError: boolean) => void;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A container: a folder of its own, the image's Python, and the buckets under a folder that stands for `/gcs`. */
export class Container {
  private process: ChildProcess | undefined;
  private readonly before = new Map<string, string>();
  /** The last reason why it was ended from outside. */
  ended: string | undefined;

  constructor(
    readonly folder: string,
    private readonly storage: string,
    /** The image's Python. */
    private readonly python: string = vertexImagePython(),
  ) {}

  get buckets(): string {
    return path.join(this.folder, 'gcs');
  }

  /** What the service sees as a path of the container, as it is on this machine. */
  path(value: string): string {
    return value.replace(/(^|[=:\s])\/gcs(?=\/|$)/g, (_, start: string) => `${start}${this.buckets}`);
  }

  /** Lays all objects of all buckets where the container looks for them: a mount that is filled before it is read. */
  async mount(): Promise<void> {
    await fs.mkdir(this.buckets, { recursive: true });
    const buckets = (await this.json('/storage/v1/b?project=test')) as { items?: { name: string }[] };
    for (const { name } of buckets.items ?? []) {
      await fs.mkdir(path.join(this.buckets, name), { recursive: true });
      const objects = (await this.json(`/storage/v1/b/${name}/o`)) as { items?: { name: string }[] };
      for (const object of objects.items ?? []) {
        const file = path.join(this.buckets, name, ...object.name.split('/'));
        if (object.name.endsWith('/')) continue;
        await this.fetch(`gs://${name}/${object.name}`, file);
        this.before.set(file, await stamp(file));
      }
    }
  }

  /** What the container wrote under `/gcs` is in the buckets. */
  async flush(): Promise<void> {
    const found = await fs.readdir(this.buckets, { recursive: true, withFileTypes: true });
    for (const one of found) {
      const file = path.join(one.parentPath, one.name);
      if (!one.isFile() || this.before.get(file) === (await stamp(file))) continue;
      const [bucket = '', ...key] = path.relative(this.buckets, file).split(path.sep);
      const name = encodeURIComponent(key.join('/'));
      const answer = await fetch(
        `${this.storage}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${name}`,
        {
          method: 'POST',
          body: await fs.readFile(file),
        },
      );
      if (!answer.ok) throw new Error(await answer.text());
    }
  }

  /** Brings one object; an error names it when it is not there. */
  async fetch(uri: string, file: string): Promise<void> {
    const [, bucket = '', key = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    const answer = await fetch(
      `${this.storage}/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}?alt=media`,
    );
    if (!answer.ok) throw new Error(`${uri} cannot be read (${answer.status}).`);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, Buffer.from(await answer.arrayBuffer()));
  }

  private async json(route: string): Promise<unknown> {
    return (await fetch(`${this.storage}${route}`)).json();
  }

  /** Variables of the image: packages that are installed come before those of the image, as `pip install --user` has it. */
  environment(own: Readonly<Record<string, string>>): Record<string, string> {
    const { python } = this;
    const site = path.join(this.folder, 'site');
    const passed = Object.entries(process.env).filter(
      (one): one is [string, string] => PASSED_ON.test(one[0]) && one[1] !== undefined,
    );
    const set = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, this.path(value)]));
    return {
      ...Object.fromEntries(passed),
      PATH: `${path.dirname(python)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: this.folder,
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: site,
      PIP_TARGET: site,
      PIP_UPGRADE: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_ROOT_USER_ACTION: 'ignore',
      // pip reads this as: no isolation, so no download of setuptools
      PIP_NO_BUILD_ISOLATION: '0',
      PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? path.join(path.dirname(python), '../../pip-cache'),
      STORAGE_EMULATOR_HOST: this.storage,
      ...set,
    };
  }

  /** Runs a command in it and gives the exit code, as a shell would: 128 and the signal's number after a signal. */
  async run({ program, args, env }: Command, say: Say): Promise<number> {
    if (this.ended !== undefined) return 143;
    const child = spawn(
      program,
      args.map((one) => this.path(one)),
      {
        cwd: this.folder,
        env: this.environment(env),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.process = child;
    readLines(child.stdout, (line) => say(line, false));
    readLines(child.stderr, (line) => say(line, true));
    return new Promise((resolve) => {
      child.once('error', (error) => {
        say(error.message, true);
        resolve(127);
      });
      child.once('close', (code, signal) => {
        this.process = undefined;
        resolve(code ?? (signal === 'SIGKILL' ? 137 : 143));
      });
    });
  }

  get running(): boolean {
    return this.process !== undefined;
  }

  /** Ends what runs in it, at once or after a while of grace. */
  async end(reason: string, grace = GRACE_MS): Promise<void> {
    this.ended ??= reason;
    const child = this.process;
    if (child?.pid === undefined) return;
    const { pid } = child;
    if (grace > 0) {
      child.kill('SIGTERM');
      for (const stop = Date.now() + grace; this.process === child && Date.now() < stop;) await sleep(25);
    }
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The whole group has ended already.
    }
  }
}

async function stamp(file: string): Promise<string> {
  const { size, mtimeMs } = await fs.stat(file);
  return `${size} ${mtimeMs}`;
}

function readLines(stream: NodeJS.ReadableStream, say: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(say);
  });
  stream.on('end', () => {
    if (rest !== '') say(rest);
  });
}
