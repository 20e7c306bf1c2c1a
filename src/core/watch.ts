import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectPaths } from './api';

type What = 'datasets' | 'runs' | 'models' | 'endpoints';
const WHAT: readonly What[] = ['datasets', 'runs', 'models', 'endpoints'];
const DEBOUNCE_MS = 150;
/** Runs beyond the newest so many are not watched one by one. */
const MOST_RUNS = 300;

/**
 * Calls back when a manifest changed on disk, whoever changed it. Folders are watched singly and not recursively:
 * model packages and job folders hold thousands of files that are nobody's business here.
 */
export function watchManifests(
  paths: ProjectPaths,
  listener: (what: What) => void,
  log: (message: string) => void,
): () => void {
  const watchers = new Map<string, FSWatcher>();
  const timers = new Map<What, NodeJS.Timeout>();
  let closed = false;

  // From the first change on, not after the last: changes without end must not keep the news back.
  const changed = (what: What): void => {
    if (timers.has(what)) return;
    timers.set(
      what,
      setTimeout(() => {
        timers.delete(what);
        if (!closed) listener(what);
      }, DEBOUNCE_MS),
    );
  };

  const add = (folder: string, hear: (name: string) => void): boolean => {
    if (closed || watchers.has(folder)) return false;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => hear(name ?? ''));
      const drop = (): void => {
        watcher.close();
        watchers.delete(folder);
      };
      watcher.on('error', drop);
      watchers.set(folder, watcher);
      return true;
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing) log(`Changes in ${folder} are not noticed by themselves: ${String(error)}`);
      return false;
    }
  };

  /** Forgets folders that are gone, so that they are watched again when they come back. */
  const prune = async (): Promise<void> => {
    for (const [folder, watcher] of watchers) {
      if (await stat(folder).catch(() => undefined)) continue;
      watcher.close();
      watchers.delete(folder);
    }
  };

  const inside = async (what: What, folder: string, relevant: (name: string) => boolean): Promise<void> => {
    const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const folders = names
      .filter((one) => one.isDirectory() && !one.name.startsWith('.'))
      .map((one) => one.name)
      .sort()
      .reverse()
      .slice(0, MOST_RUNS);
    for (const name of folders) {
      const added = add(path.join(folder, name), (file) => {
        if (relevant(file)) changed(what);
      });
      // What was written before we watched it.
      if (added && started) changed(what);
    }
  };

  let started = false;
  const look = async (): Promise<void> => {
    if (closed) return;
    await prune();
    add(paths.root, (name) => {
      if (name === '.ml') void look();
    });
    add(paths.ml, (name) => {
      if (WHAT.some((what) => what === name)) void look();
    });
    for (const what of WHAT) {
      const folder = path.join(paths.ml, what);
      const added = add(folder, (name) => {
        if (name.startsWith('.') || /\.\d+$/.test(name)) return;
        changed(what);
        if (what === 'runs' || what === 'models') void look();
      });
      if (added && started) changed(what);
    }
    await inside('runs', path.join(paths.ml, 'runs'), (name) => name === 'run.json' || name === 'state.json');
    await inside('models', path.join(paths.ml, 'models'), (name) => name.endsWith('.json'));
  };
  void look().then(() => {
    started = true;
  });

  return () => {
    closed = true;
    for (const timer of timers.values()) clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}
