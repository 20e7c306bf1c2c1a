import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Runs } from './api';
import { UserError } from './errors';
import { entries, fileError, fileExists, move, readText, remove, writeText } from './files';
import { submit, type SubmitContext } from './job-submit';
import { parseManifest } from './manifests';
import { checkName, nameFromPath } from './names';
import { asFitted } from './recipe-matching';
import { inputFrom, sourcesOf, tableInputs } from './recipe-tables';
import { type NewFiles, resourcesOf } from './run';
import type { RunManifest, RunRequest } from './schemas';
import { isStoreUri } from './store-uri';
import { recipeOf } from './submit';
import type { Column, TableSource } from './table';
import { isMany, type PartFile, partFiles } from '../formats/part-files';
import type { Fitted, Plan } from '../recipe/plan';
import { bound } from '../recipe/render';
import { remembered, type PrepareReport } from '../recipe/report';
import type { CallOptions } from '../rpc';

/** Begins with `_`, so that it is no data of the folder. */
const LEDGER = '_prepared.json';
const PENDING = /^_pending-.*\.json$/;

const DONE = z.object({
  name: z.string(),
  bytes: z.number(),
  /** Nanoseconds since 1970, as text. */
  modified: z.string(),
  /** sha-256, hexadecimal. */
  hash: z.string(),
  /** The file of the dataset that holds its rows; '' until the run has ended. */
  part: z.string(),
});
type Done = z.infer<typeof DONE>;

/** What is known of a dataset of parts: which files are in it, and how they were transformed. */
const LEDGER_SHAPE = z.object({
  prepared: z.literal(1),
  /** sha-256 of the recipe's text. */
  recipe: z.string(),
  input: z.string(),
  /** Of the input that the steps were fitted on. */
  columns: z.array(z.custom<Column>()).readonly(),
  fitted: z.custom<Fitted>(),
  files: z.array(DONE),
});
type Ledger = z.infer<typeof LEDGER_SHAPE>;

const PENDING_SHAPE = z.object({
  ledger: LEDGER_SHAPE,
  /** Parts whose files are all prepared anew. */
  replaces: z.array(z.string()),
  remembered: z.custom<PrepareReport['remembered']>(),
  notes: z.array(z.string()),
});

const folderOf = (context: SubmitContext, dataset: string): string =>
  path.join(context.paths.ml, 'data', dataset);

async function readLedger(folder: string): Promise<Ledger | undefined> {
  const file = path.join(folder, LEDGER);
  const text = await readText(file);
  return text === undefined ? undefined : parseManifest(text, file, LEDGER_SHAPE);
}

async function hashOf(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, signal ? { signal } : {})) hash.update(chunk as Buffer);
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
  return hash.digest('hex');
}

async function filesOf({ path: given }: TableSource, signal?: AbortSignal): Promise<readonly PartFile[]> {
  if (await isMany(given)) return (await partFiles(given, signal)).files;
  const found = await stat(given, { bigint: true });
  return [
    {
      path: given,
      name: path.basename(given),
      bytes: Number(found.size),
      modified: String(found.mtimeNs),
    },
  ];
}

/** The dataset of parts that the request names; one that a person added, or of another input, is not touched. */
async function datasetFor(context: SubmitContext, wanted: string): Promise<string> {
  if (/[\\/]|\.(parquet|csv|jsonl)$/i.test(wanted)) {
    throw new UserError('invalid', 'What is prepared file by file is a dataset of parts, not one file.', {
      fix: `Give it a name, such as -o ${nameFromPath(wanted)}.`,
    });
  }
  checkName(wanted, 'dataset');
  const there = (await context.datasets.list()).find((one) => one.name === wanted);
  const folder = context.portable(folderOf(context, wanted));
  if (there && there.source.path !== `${folder}/*.parquet`) {
    throw new UserError('conflict', `There is a dataset "${wanted}" already, which is not made of parts.`, {
      fix: 'Give another name with -o.',
    });
  }
  const active = (await context.runs.list()).find(
    (run) =>
      ['queued', 'starting', 'running'].includes(run.status) && run.kind === 'prepare' && run.name === wanted,
  );
  if (active) {
    throw new UserError('conflict', `The run ${active.id} prepares files for "${wanted}" already.`, {
      fix: 'Wait for its end, or cancel it.',
      actions: [{ title: 'Open Run', command: 'mll.run.open', args: [active.id] }],
    });
  }
  return wanted;
}

interface Sorted {
  readonly unchanged: readonly Done[];
  readonly added: readonly Done[];
  readonly changed: readonly Done[];
  readonly again: readonly Done[];
  readonly gone: readonly Done[];
  readonly replaces: readonly string[];
}

/** Which files are new, changed, gone or as they were. A file counts as done while the part with its rows is there. */
async function sortFiles(
  files: readonly PartFile[],
  known: readonly Done[],
  all: boolean,
  signal?: AbortSignal,
): Promise<Sorted> {
  const before = new Map(known.map((one) => [one.name, one]));
  const same: Done[] = [];
  const added: Done[] = [];
  const changed: Done[] = [];
  for (const { path: file, name, bytes, modified } of files) {
    const old = before.get(name);
    const untouched = old?.bytes === bytes && old.modified === modified;
    const hash = untouched ? old.hash : await hashOf(file, signal);
    const now = { name, bytes, modified, hash, part: old?.part ?? '' };
    if (old === undefined) added.push(now);
    else if (old.hash === hash) same.push(now);
    else changed.push(now);
  }
  const here = new Set(files.map((one) => one.name));
  const replaces = new Set((all ? known : changed).map((one) => one.part));
  return {
    unchanged: same.filter((one) => !replaces.has(one.part)),
    added,
    changed,
    again: same.filter((one) => replaces.has(one.part)),
    gone: known.filter((one) => !here.has(one.name)),
    replaces: [...replaces],
  };
}

/** Steps that see the rows of one run alone, and what is lost with a part. */
function notesOn(plan: Plan, { gone, replaces }: Sorted): string[] {
  const around = plan.steps.filter(
    (step) =>
      step.whole === true ||
      step.history === true ||
      step.rows === 'remake' ||
      step.kind === 'drop_duplicates',
  );
  const lost = gone.filter((one) => replaces.includes(one.part));
  return [
    ...around.map(
      (step) =>
        `Step ${step.index + 1} (${step.kind}) sees the rows of the files of this run, not those before.`,
    ),
    ...(lost.length === 0
      ? []
      : [
          `${lost.map((one) => one.name).join(', ')} is no longer there: its rows leave the dataset with their part.`,
        ]),
  ];
}

/**
 * Prepares what is new of a folder, glob or file. The steps are fitted once, here, on the files of the first run; from then on the
 * fitted values are kept, until the recipe changes: then all files are prepared anew.
 */
export async function prepareNew(
  context: SubmitContext,
  request: Parameters<Runs['prepare']>[0],
  call: CallOptions = {},
): Promise<NewFiles> {
  const { engine } = context.host;
  const { signal } = call;
  const named = context.absolute(request.recipe);
  const own = nameFromPath(named.replace(/\.recipe\.ya?ml$/i, '.x'));
  const dataset = await datasetFor(context, request.output ?? `${own}-prepared`);
  const folder = folderOf(context, dataset);
  const given = request.input ?? (await context.recipes.input(named));
  if (isStoreUri(await context.datasets.address(given))) {
    throw new UserError('unsupported', 'What is new in a store is not followed.', {
      fix: 'Download the folder first (mll store get), or prepare it without --incremental.',
    });
  }
  const source = await context.datasets.source(given);
  const input = context.portable(source.path);
  const text = (await readText(named)) ?? '';
  const kept = await readLedger(folder);
  const known: Done[] = [];
  for (const one of kept?.files ?? []) {
    if (await fileExists(path.join(folder, one.part))) known.push(one);
  }
  const ledger =
    kept?.recipe === createHash('sha256').update(text).digest('hex') && known.length > 0 ? kept : undefined;
  if (kept && kept.input !== input) {
    throw new UserError('conflict', `The dataset "${dataset}" is made of the files of ${kept.input}.`, {
      fix: 'Give another name with -o.',
    });
  }
  const sorted = await sortFiles(await filesOf(source, signal), known, ledger === undefined, signal);
  const work = [...sorted.added, ...sorted.changed, ...sorted.again];
  const names = (some: readonly Done[]): string[] => some.map((one) => one.name);
  const found = {
    dataset,
    unchanged: sorted.unchanged.length,
    added: names(sorted.added),
    changed: names(sorted.changed),
    again: names(sorted.again),
    gone: names(sorted.gone),
    fitted: ledger === undefined ? ('now' as const) : ('kept' as const),
  };
  if (work.length === 0) return { ...found, notes: [] };

  const part = (await isMany(source.path)) ? { ...source, files: names(work) } : source;
  const read = await engine.call('read', { source: part }, { signal });
  const columns = ledger ? (asFitted(ledger.columns, read.columns) as readonly Column[]) : read.columns;
  const table = { source: part, read: { ...read, columns } };
  const { compiled, text: written } = await recipeOf(context, named, table, request.provider, call);
  const { plan } = compiled;
  const fitted =
    ledger?.fitted ??
    (await engine.call('recipeFit', { source: part, plan, tables: sourcesOf(compiled) }, { signal }));
  const notes = notesOn(plan, sorted);
  const pending = `_pending-${createHash('sha256').update(JSON.stringify(work)).digest('hex').slice(0, 12)}.json`;
  await mkdir(folder, { recursive: true });
  for (const one of await entries(folder))
    if (PENDING.test(one.name)) await remove(path.join(folder, one.name));
  const next: z.infer<typeof PENDING_SHAPE> = {
    ledger: {
      prepared: 1,
      recipe: compiled.hash,
      input,
      columns: ledger?.columns ?? read.columns,
      fitted,
      files: [
        ...sorted.unchanged,
        ...sorted.gone.filter((one) => !sorted.replaces.includes(one.part)),
        ...work.map((one) => ({ ...one, part: '' })),
      ],
    },
    replaces: [...sorted.replaces],
    remembered: remembered(plan, fitted),
    notes: [
      ...notes,
      ledger
        ? 'The fitted values are those of the first run of this dataset.'
        : `The fitted values are kept for files to come (fitted on ${work.length} files).`,
    ],
  };
  await writeText(path.join(folder, pending), JSON.stringify(next));
  const all = await context.datasets.list();
  const data = all.find((one) => context.absolute(one.source.path) === source.path)?.name ?? input;
  const run = await submit(
    context,
    {
      kind: 'prepare',
      name: dataset,
      provider: request.provider,
      data: { name: data, read },
      recipe: { file: named, text: written, hash: compiled.hash },
      params: {},
      request: {
        data,
        recipe: true,
        recipeFile: context.portable(named),
        incremental: { dataset, pending },
        ...resourcesOf(request),
      },
      spec: {
        inputs: { data: inputFrom(table), ...tableInputs(plan, compiled.tables) },
        plan: bound(plan, fitted),
        target: compiled.recipe.target,
      },
    },
    call,
  );
  return { ...found, notes, run };
}

/** Takes the rows of a run of {@link prepareNew} into the dataset, and notes which files they are of. May be called again. */
export async function takePart(
  context: SubmitContext,
  run: RunManifest,
  made: string,
  { dataset, pending }: NonNullable<RunRequest['incremental']>,
): Promise<Partial<RunManifest>> {
  const folder = folderOf(context, dataset);
  const part = `${run.id}.parquet`;
  const target = path.join(folder, part);
  if (await fileExists(made)) {
    await remove(target);
    await move(made, target);
  }
  const file = path.join(folder, pending);
  const text = await readText(file);
  if (text !== undefined) {
    const next = parseManifest(text, file, PENDING_SHAPE);
    const files = next.ledger.files.map((one) => (one.part === '' ? { ...one, part } : one));
    await tellMore(context, run, next);
    for (const old of next.replaces) await remove(path.join(folder, old));
    await writeText(path.join(folder, LEDGER), JSON.stringify({ ...next.ledger, files }, undefined, 1));
    await remove(file);
  }
  const parts = `${context.portable(folder)}/*.parquet`;
  const read = await context.host.engine.call('read', { source: { path: context.absolute(parts) } });
  const { columns, rows, bytes, hash } = read;
  const added = run.ended ?? run.submitted;
  await context.inside.register({
    name: dataset,
    source: { path: parts },
    columns,
    rows,
    bytes,
    hash,
    added,
    run: run.id,
  });
  return { dataset: { name: dataset }, output: context.portable(target) };
}

/** The job had nothing to fit, so its report does not say what the steps remember. */
async function tellMore(
  context: SubmitContext,
  run: RunManifest,
  { remembered: values, notes }: z.infer<typeof PENDING_SHAPE>,
): Promise<void> {
  const file = path.join(path.dirname(context.runManifests.file(run.id)), 'prepared.json');
  const text = await readText(file);
  if (text === undefined) return;
  const report = JSON.parse(text) as PrepareReport;
  const whole = { ...report, remembered: values, notes: [...report.notes, ...notes] };
  await writeText(file, JSON.stringify(whole));
}
