import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pythonEnvironment } from '../../scripts/lib/python.mjs';
import type { Cell } from '../../src/core/table';

/** One row of the table that every format holds in the contract suite. */
export interface Flower {
  readonly id: number;
  readonly name: string | null;
  readonly size: number | null;
  readonly flag: boolean;
  readonly day: string;
  readonly at: string | null;
}

const NAMES = ['Rose', 'ox-eye "daisy"', 'São, Tulip', 'two\nlines', null];
export const flowers: readonly Flower[] = Array.from({ length: 3000 }, (_, id) => ({
  id,
  name: NAMES[(id * 7) % 5] ?? null,
  size: id % 11 === 0 ? null : ((id * 37) % 400) / 4 + 0.25,
  flag: id % 3 === 0,
  day: new Date(Date.UTC(1999, 0, 1 + (id % 4000))).toISOString().slice(0, 10),
  at: id % 13 === 0 ? null : new Date(Date.UTC(2020, 1, 3, 4, 5, 1 + id)).toISOString().slice(0, 19),
}));
export const COLUMNS = ['id', 'name', 'size', 'flag', 'day', 'at'];
export const rowOf = (one: Flower): readonly Cell[] => [
  one.id,
  one.name,
  one.size,
  one.flag,
  one.day,
  one.at,
];

/** The interpreter with the libraries that write and read table files; made on first use. */
export function tablesPython(): string {
  return pythonEnvironment('tables', ['test/formats/python/requirements.txt'], { complete: true });
}

/** Files in a folder of the test. */
export interface Files {
  readonly path: (name: string) => string;
  write(name: string, content: string | Buffer): string;
  /** Made by Python: `kind` is one that python/files.py knows. */
  make(kind: string, name: string, rows?: unknown): string;
  /** The same for many files of the same rows: the interpreter with its libraries starts but once. */
  makeAll(files: readonly (readonly [kind: string, name: string])[], rows?: unknown): void;
}

export function filesIn(folder: string): Files {
  const place = (name: string): string => path.join(folder, name);
  const makeAll: Files['makeAll'] = (files, rows = flowers) => {
    for (const [, name] of files) fs.rmSync(place(name), { recursive: true, force: true });
    execFileSync(
      tablesPython(),
      [
        path.join(import.meta.dirname, 'python/files.py'),
        ...files.flatMap(([kind, name]) => [kind, place(name)]),
      ],
      { input: JSON.stringify(rows) },
    );
  };
  return {
    path: place,
    write(name, content) {
      fs.writeFileSync(place(name), content);
      return place(name);
    },
    makeAll,
    make(kind, name, rows = flowers) {
      makeAll([[kind, name]], rows);
      return place(name);
    },
  };
}
