import { createWriteStream, type WriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import Papa from 'papaparse';
import type { Engine } from './api';
import { isStandIn } from '../formats/stand-ins';
import { UserError } from './errors';
import { fileError, remove } from './files';
import { latencyOf } from './invoke-latency';
import type { FileResult, InvokeResult, Prediction, Row, Signature } from './model';
import type { Cell, Column, Page, TableSource } from './table';
import type { CallOptions } from '../rpc';

/** Rows of one request at most, and characters of text in them: an endpoint takes 64 MB, and a character is up to 6 bytes of JSON. */
const BATCH = 500;
const BATCH_TEXT = 8 * 1024 * 1024;
const BYTES_OF_CHARACTER = 6;

export interface InvokeFileRequest {
  readonly engine: Engine;
  readonly source: TableSource;
  /** Absolute. */
  readonly output: string;
  readonly signature: Signature;
  /** Bytes of one request that the endpoint takes, where that is less than usual. */
  readonly mostBytes?: number | undefined;
  invoke(rows: readonly Row[], signal?: AbortSignal): Promise<InvokeResult>;
}

/** `penguins.csv` → `penguins.predictions.csv` beside it. */
export function predictionsFile(file: string): string {
  return path.join(path.dirname(file), `${path.basename(file).replace(/\.[^.]*$/, '')}.predictions.csv`);
}

/**
 * Sends all rows of a table in batches and writes them as CSV with the prediction, the probability of each class and the error of each
 * row behind the table's own columns. The file appears whole at the end; a failure or cancel leaves nothing. Progress: rows sent.
 */
export async function invokeFile(request: InvokeFileRequest, call: CallOptions = {}): Promise<FileResult> {
  const { output, signature } = request;
  const half = `${output}.part`;
  const pages = pagesOf(request.engine, request.source, call);
  const classes = (signature.output.classes ?? []).map(String);
  const texts = new Set(signature.inputs.filter((one) => one.type === 'text').map((one) => one.name));
  const mostText = Math.min(BATCH_TEXT, (request.mostBytes ?? Infinity) / BYTES_OF_CHARACTER);
  const durations: number[] = [];
  let rows = 0;
  let errors = 0;
  let rejected = 0;
  const file = createWriteStream(half, { encoding: 'utf8' });
  // A failure to open or write is reported by the write that meets it.
  file.on('error', () => undefined);
  try {
    let header: readonly string[] | undefined;
    for await (const page of pages) {
      header ??= await writeHeader(file, page.columns, classes);
      ({ rejected } = page);
      for (const some of batches(page.rows, mostText)) {
        const result = await request.invoke(
          some.map((cells) => rowOf(page.columns, cells, texts)),
          call.signal,
        );
        durations.push(result.latencyMs.p50);
        const lines = some.map((cells, index) => {
          const one: Prediction = result.predictions[index] ?? { prediction: null };
          if (one.error) errors += 1;
          const error = one.error ? `${one.error.field}: ${one.error.message}` : null;
          return [
            ...cells,
            one.prediction,
            ...classes.map((name) => one.probabilities?.[name] ?? null),
            error,
          ];
        });
        await write(file, lines);
        rows += some.length;
        call.onProgress?.(rows);
      }
    }
    if (rows === 0) {
      throw new UserError('invalid', `${path.basename(request.source.path)} has no rows to send.`, {
        fix: 'Choose a file with a line of column names and at least one row below it.',
      });
    }
    file.end();
    await finished(file);
    await rename(half, output).catch((error: unknown) => {
      throw fileError(error, `write ${output}`);
    });
  } catch (error) {
    file.destroy();
    await remove(half).catch(() => undefined);
    throw error;
  }
  return { output, rows, errors, rejected, latencyMs: latencyOf(durations) };
}

async function* pagesOf(engine: Engine, source: TableSource, call: CallOptions): AsyncGenerator<Page> {
  const options = call.signal ? { signal: call.signal } : {};
  const open = async (): Promise<string> => {
    const { table } = await engine.call('open', { source }, options);
    await engine.call('scan', { table }, options);
    return table;
  };
  let table = await open();
  try {
    for (let offset = 0; ;) {
      const ask = (): Promise<Page> => engine.call('page', { table, offset, limit: BATCH }, options);
      let page: Page;
      try {
        page = await ask();
      } catch (error) {
        // The engine may have been replaced between two pages: its tables are gone then.
        if (!(error instanceof UserError) || (error.kind !== 'unavailable' && error.kind !== 'notFound'))
          throw error;
        table = await open();
        page = await ask();
      }
      yield page;
      offset += page.rows.length;
      if (page.rows.length === 0 || offset >= page.total) return;
    }
  } finally {
    await engine.call('close', { table }).catch(() => undefined);
  }
}

type Cells = readonly Cell[];

/** The rows of a page in requests of so many characters of text; a row that is larger goes alone. */
function* batches(rows: readonly Cells[], mostText: number): Generator<readonly Cells[]> {
  let some: Cells[] = [];
  let size = 0;
  for (const cells of rows) {
    const text = cells.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 0), 0);
    if (some.length > 0 && size + text > mostText) {
      yield some;
      [some, size] = [[], 0];
    }
    some.push(cells);
    size += text;
  }
  if (some.length > 0) yield some;
}

/** `NA` and the like are missing where the model takes no text, as they were in the training data; the file may be too short to show it. */
function rowOf(columns: readonly Column[], cells: readonly Cell[], texts: ReadonlySet<string>): Row {
  return Object.fromEntries(
    columns.map(({ name }, index) => {
      const cell = cells[index] ?? null;
      return [name, typeof cell === 'string' && !texts.has(name) && isStandIn(cell) ? null : cell];
    }),
  );
}

async function writeHeader(
  file: WriteStream,
  columns: readonly Column[],
  classes: readonly string[],
): Promise<readonly string[]> {
  const added = ['prediction', ...classes.map((name) => `probability_${name}`), 'error'];
  const names = [...inputNames(columns, added), ...added];
  await write(file, [names]);
  return names;
}

/** What the table's own columns are called: one with a name of ours keeps its cells under another, so that ours is always the model's. */
function inputNames(columns: readonly Column[], added: readonly string[]): string[] {
  // Readers of tables take names that differ only in case for equal.
  const ours = new Set(added.map((name) => name.toLowerCase()));
  const taken = new Set([...ours, ...columns.map((column) => column.name.toLowerCase())]);
  return columns.map(({ name }) => {
    if (!ours.has(name.toLowerCase())) return name;
    let free = `input_${name}`;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `input_${name}_${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

async function write(file: WriteStream, lines: readonly (readonly Cell[])[]): Promise<void> {
  const text = `${Papa.unparse(lines as Cell[][], { newline: '\n' })}\n`;
  await new Promise<void>((resolve, reject) => {
    file.write(text, (error) => {
      if (error) reject(asError(fileError(error, 'write the predictions')));
      else resolve();
    });
  });
}

async function finished(file: WriteStream): Promise<void> {
  if (!file.writableFinished) await once(file, 'finish');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
