import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ProjectPaths } from '../../core/api';
import type { ErrorData } from '../../core/errors';
import { entries, fileError, fileExists, readText, realPath, writeText } from '../../core/files';
import { ERROR } from '../../core/schemas';
import { endTree } from './process';

const FAILURE: z.ZodType<ErrorData> = ERROR;

/** What this machine knows of one endpoint; lies in the user's state folder, never in the project. */
const STATE = z.object({
  /** The project's folder, so that what a deleted or moved project left behind can be found. */
  root: z.string(),
  name: z.string(),
  model: z.object({ name: z.string(), version: z.number(), path: z.string() }),
  /** Who was started last, whether or not it still runs. */
  process: z.exactOptional(z.object({ pid: z.number().int().positive(), started: z.string() })),
  /** Kept over restarts, so that callers elsewhere keep their address. */
  port: z.exactOptional(z.number()),
  /** The person stopped it: no failure. */
  stopped: z.boolean(),
  created: z.string(),
  updated: z.string(),
  error: z.exactOptional(FAILURE),
});
export type EndpointState = z.infer<typeof STATE>;

const READY = z.object({ port: z.number().int().min(1).max(65_535), pid: z.number().int().positive() });

/** The files of one endpoint. All paths are absolute. */
export interface EndpointFiles {
  readonly folder: string;
  readonly state: string;
  readonly config: string;
  readonly token: string;
  readonly ready: string;
  readonly log: string;
  /** In the project (git ignores it): captures are the project's data. */
  readonly captures: string;
}

export function projectStateFolder(stateFolder: string, paths: ProjectPaths): string {
  const key = createHash('sha256').update(realPath(paths.root)).digest('hex').slice(0, 16);
  return path.join(stateFolder, 'endpoints', key);
}

export function endpointFiles(stateFolder: string, paths: ProjectPaths, name: string): EndpointFiles {
  const folder = path.join(projectStateFolder(stateFolder, paths), name);
  return {
    folder,
    state: path.join(folder, 'state.json'),
    config: path.join(folder, 'config.json'),
    token: path.join(folder, 'token'),
    ready: path.join(folder, 'ready.json'),
    log: path.join(folder, 'log.txt'),
    captures: path.join(paths.ml, 'captures', name),
  };
}

/** Undefined when there is none, or when it cannot be read: then the endpoint counts as not deployed on this machine. */
export async function readState(file: string): Promise<EndpointState | undefined> {
  return parsed(file, STATE);
}

/** A copy of the state without these facts. */
export function without<K extends 'process' | 'error'>(
  state: EndpointState,
  ...facts: readonly K[]
): Omit<EndpointState, K> {
  const copy = { ...state };
  for (const fact of facts) Reflect.deleteProperty(copy, fact);
  return copy;
}

/** Where the started server listens; undefined until it says so. */
export async function readReady(file: string): Promise<z.infer<typeof READY> | undefined> {
  return parsed(file, READY);
}

async function parsed<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export async function writeState(file: string, state: EndpointState): Promise<void> {
  await writeText(file, `${JSON.stringify(state, null, 2)}\n`, 0o600);
}

export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    throw fileError(error, `make the folder ${folder}`);
  }
}

/** The endpoint's token; made on first need and kept over restarts. The file is readable by this user alone. */
export async function tokenOf(file: string): Promise<string> {
  const there = (await readText(file))?.trim();
  if (there !== undefined && /^[\w-]{32,}$/.test(there)) {
    await chmod(file, 0o600).catch(() => undefined);
    return there;
  }
  const token = randomBytes(32).toString('base64url');
  await writeText(file, token, 0o600);
  return token;
}

/** Ends servers of projects whose folder is gone, and gives back their state files so that they can be deleted. */
export async function sweep(stateFolder: string): Promise<readonly string[]> {
  const all = path.join(stateFolder, 'endpoints');
  const gone: string[] = [];
  for (const project of await entries(all)) {
    for (const one of await entries(path.join(all, project.name))) {
      const folder = path.join(all, project.name, one.name);
      const state = await readState(path.join(folder, 'state.json'));
      if (state === undefined || (await fileExists(state.root))) continue;
      if (state.process) await endTree(state.process);
      gone.push(folder);
    }
  }
  return gone;
}
