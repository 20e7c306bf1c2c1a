import path from 'node:path';
import type { Datasets } from './api';
import type { CoreContext } from './context';
import { createCopies } from './copies';
import { checkColumns, sameColumns } from './dataset-columns';
import { createDialects } from './dialects';
import { UserError } from './errors';
import { refuseOneOfSeveral } from './exported-parts';
import { fileExists, remove } from './files';
import { flatLayout, type ManifestFolder } from './manifests';
import { checkName, freeName, nameFromPath, resolveName } from './names';
import { checkTableUri, describeRemote, notHere, previewRemote, readPlaced } from './remote-datasets';
import type { ReadTable } from './recipe-api';
import type { Dataset, PlacedInput } from './run';
import { DATASET } from './schemas';
import { describeSource, notAFile, previewSource, profileSource } from './source-datasets';
import { isSourceUri } from './source-uri';
import { isStoreUri } from './store-uri';
import type { TableRead, TableSource } from './table';
import { beforeWildcards } from '../formats/part-files';
import type { CallOptions } from '../rpc';

const GLOB = /[*?[\]{}]/;
/** Files up to this size are counted to the last row before a preview is shown. */
const COUNT_BYTES = 32 * 1024 * 1024;

/** A table in a store up to this size is fetched without being asked for. */
const FETCH_BYTES = 64 * 1000 * 1000;

/** The datasets of one project, and reading of any table by name or path. */
export function createDatasets(context: CoreContext): Datasets & DatasetsInside {
  const folder: ManifestFolder<Dataset> = context.manifests(flatLayout('datasets'), DATASET);
  const copies = createCopies(context, (uri) => context.stores.at(uri));
  const dialects = createDialects(context);

  async function find(nameOrPath: string): Promise<Dataset | undefined> {
    const names = await folder.keys();
    if (names.includes(nameOrPath)) return folder.read(nameOrPath);
    if (await isPath(nameOrPath)) {
      const kept = context.portable(nameOrPath);
      // The copy of a table in a store stands for it.
      const copy = (uri: string): boolean => isStoreUri(uri) && copies.pathOf(uri) === context.absolute(kept);
      return (await folder.list()).find(({ source: { path: one } }) => one === kept || copy(one));
    }
    try {
      return await folder.read(resolveName(nameOrPath, names, 'dataset'));
    } catch (error) {
      // With an ending it was meant as a file.
      if (!(error instanceof UserError) || error.kind !== 'notFound' || !/\.\w+$/.test(nameOrPath))
        throw error;
      throw new UserError('notFound', `There is neither a file nor a dataset "${nameOrPath}".`, {
        ...(error.fix === undefined ? {} : { fix: `Check the path, or name a dataset. ${error.fix}` }),
        cause: error,
      });
    }
  }

  /** A file that is there, or what can only be meant as a path; relative paths count from the project's folder. */
  async function isPath(text: string): Promise<boolean> {
    if (path.isAbsolute(text) || GLOB.test(text) || /[\\/]/.test(text)) return true;
    return fileExists(context.absolute(text));
  }

  const absolute = (source: TableSource): TableSource => ({
    ...source,
    path: context.absolute(source.path),
  });

  /** As the person chose that it is read. */
  async function withDialect(table: TableSource): Promise<TableSource> {
    const { dialect, table: name } = (await dialects.of(table.path)) ?? {};
    return {
      ...table,
      ...(dialect ? { dialect: { ...table.dialect, ...dialect } } : {}),
      ...(name === undefined || table.table !== undefined ? {} : { table: name }),
    };
  }

  /** As its manifest has it, with an absolute path; of a path that is no dataset, the path. */
  async function lies(nameOrPath: string): Promise<{ dataset: Dataset | undefined; found: TableSource }> {
    const dataset = await find(nameOrPath);
    const found = absolute(dataset?.source ?? { path: context.portable(nameOrPath) });
    if (isStoreUri(found.path)) checkTableUri(found.path);
    return { dataset, found: await withDialect(found) };
  }

  async function source(nameOrPath: string): Promise<TableSource> {
    const { dataset, found } = await lies(nameOrPath);
    if (isSourceUri(found.path)) throw notAFile(found.path);
    if (isStoreUri(found.path)) {
      const { object, path: copy } = await copies.look(found.path);
      await refuseOneOfSeveral(await context.stores.at(found.path));
      if (copy !== undefined) return { ...found, path: copy };
      if (object.bytes > FETCH_BYTES) throw notHere(found.path, object.bytes);
      return { ...found, path: await copies.fetch(found.path) };
    }
    if (!GLOB.test(found.path) && !(await fileExists(found.path))) {
      throw new UserError(
        'notFound',
        dataset
          ? `The file of dataset "${dataset.name}" is not there: ${found.path}.`
          : `There is no file ${found.path}.`,
        {
          fix: dataset
            ? 'Put it back, or remove the dataset and add the file from where it is now.'
            : 'Check the path.',
        },
      );
    }
    return found;
  }

  const engineRead = (
    table: TableSource,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<Datasets['read']>>> =>
    context.host.engine.call('read', { source: table }, { signal });

  /** Reads the file now; when it is another version than the manifest says, the manifest follows. */
  async function current(nameOrPath: string, signal?: AbortSignal): Promise<JobTable> {
    const dataset = await find(nameOrPath);
    const table = await source(nameOrPath);
    const read = await engineRead(table, signal);
    return { ...(await kept(nameOrPath, dataset, table.path, read)), source: table, read };
  }

  /** The dataset as its manifest is from now on, with what was read of its table. */
  async function kept(
    nameOrPath: string,
    dataset: Dataset | undefined,
    file: string,
    read: TableRead,
  ): Promise<{ dataset: Dataset }> {
    checkColumns(file, read);
    const name =
      dataset?.name ??
      (await write(nameOrPath, {}, { ...read, ...(read.beginning ? { estimated: true } : {}) })).name;
    const updated = await folder.update(name, (old) => {
      const { hash, rows, bytes, columns } = read;
      // The same file may be read otherwise than before: another sheet, another delimiter.
      if (!old || (old.hash === hash && old.rows === rows && sameColumns(old.columns, columns))) return old;
      const estimated = read.beginning !== undefined;
      const known = estimated || old.estimated === true ? { estimated } : {};
      return { ...old, hash, rows, bytes, columns, ...known };
    });
    if (!updated) throw new UserError('notFound', `The dataset "${name}" was removed meanwhile.`);
    return { dataset: updated };
  }

  /** The object that jobs read from where it lies, and how, unless its copy here tells that; undefined where they need what is here. */
  async function inPlace(
    found: TableSource,
    readsFrom: ReadsFrom | undefined,
    signal?: AbortSignal,
  ): Promise<{ placed: PlacedInput; read?: TableRead } | undefined> {
    if (!readsFrom || !isStoreUri(found.path)) return undefined;
    const { object, path: copy } = await copies.look(found.path, signal);
    await refuseOneOfSeveral(await context.stores.at(found.path), signal);
    try {
      if (!(await readsFrom(found.path, signal))) return undefined;
    } catch (error) {
      // What lies too far away is sent from its copy.
      if (copy === undefined || !(error instanceof UserError && error.kind === 'unsupported')) throw error;
      return undefined;
    }
    const placed = { uri: found.path, object };
    if (copy !== undefined) return { placed };
    const place = await context.stores.at(found.path);
    const read = await readPlaced(context.host.engine, place, { source: found, known: object }, signal);
    return { placed, ...(read === undefined ? {} : { read }) };
  }

  async function forJob(
    nameOrPath: string,
    readsFrom: ReadsFrom | undefined,
    signal?: AbortSignal,
  ): Promise<JobTable> {
    const { dataset, found } = await lies(nameOrPath);
    const there = await inPlace(found, readsFrom, signal);
    if (there?.read) {
      const { read, placed } = there;
      return { ...(await kept(nameOrPath, dataset, found.path, read)), source: found, read, placed };
    }
    const here = await current(nameOrPath, signal);
    return there && here.read.path === undefined ? { ...here, placed: there.placed } : here;
  }

  async function otherForJob(
    nameOrPath: string,
    readsFrom: ReadsFrom | undefined,
    signal?: AbortSignal,
  ): Promise<ReadTable> {
    const { found } = await lies(nameOrPath);
    const there = await inPlace(found, readsFrom, signal);
    if (there?.read) return { source: found, read: there.read, placed: there.placed };
    const table = await source(nameOrPath);
    const read = await engineRead(table, signal);
    return { source: table, read, ...(there && read.path === undefined ? { placed: there.placed } : {}) };
  }

  /** Writes down what was read of a file, under its name or a new one. */
  async function write(
    file: string,
    options: { name?: string; source?: Partial<TableSource> },
    read: Pick<Dataset, 'columns' | 'rows' | 'bytes' | 'hash' | 'estimated'>,
  ): Promise<Dataset> {
    const kept: TableSource = { ...options.source, path: context.portable(file) };
    await context.ensureProject();
    const names = await folder.keys();
    const known = (await folder.list()).find((one) => one.source.path === kept.path);
    // Its own manifest may be the one that cannot be read: a second dataset of the same file would hide that.
    const named = nameFromPath(isStoreUri(file) ? file : beforeWildcards(context.absolute(file)));
    if (known === undefined && names.includes(named)) await folder.read(named);
    const wanted = options.name ?? known?.name ?? freeName(named, names);
    const written = await folder.update(wanted, (old) => {
      if (old && old.source.path !== kept.path) throw taken(wanted, old);
      const clash = names.find((one) => one !== wanted && one.toLowerCase() === wanted.toLowerCase());
      if (clash !== undefined) throw taken(clash, undefined);
      return {
        ...old,
        name: wanted,
        source: { ...old?.source, ...kept },
        columns: read.columns,
        rows: read.rows,
        bytes: read.bytes,
        hash: read.hash,
        ...(read.estimated === undefined ? {} : { estimated: read.estimated }),
        added: old?.added ?? context.host.now().toISOString(),
      };
    });
    if (!written) throw new UserError('notFound', `The dataset "${wanted}" was removed meanwhile.`);
    return written;
  }

  const api: Datasets & DatasetsInside = {
    source,
    current,
    forJob,
    otherForJob,
    async add(file, options = {}, call: CallOptions = {}) {
      if (options.name !== undefined) checkName(options.name, 'dataset');
      const table = await withDialect(absolute({ ...options.source, path: context.portable(file) }));
      if (isStoreUri(table.path)) {
        checkTableUri(table.path);
        const place = await context.stores.at(table.path);
        await refuseOneOfSeveral(place, call.signal);
        const seen = await describeRemote(context.host.engine, place, table, call.signal);
        checkColumns(table.path, seen);
        return write(file, options, seen);
      }
      if (isSourceUri(table.path))
        return write(file, options, await describeSource(context, table.path, call.signal));
      if (!GLOB.test(table.path) && !(await fileExists(table.path))) {
        throw new UserError('notFound', `There is no file ${table.path}.`, { fix: 'Check the path.' });
      }
      const read = await engineRead(table, call.signal);
      checkColumns(table.path, read);
      return write(file, options, read);
    },
    list: () => folder.list(),
    async get(name) {
      const names = await folder.keys();
      if (!names.includes(name) && (await fileExists(context.absolute(context.portable(name)))))
        throw new UserError('notFound', `${name} is a file, and no dataset of this project yet.`, {
          fix: `See its rows: mll data preview ${name}. Or name it as a dataset: mll data add ${name}.`,
        });
      const found = await folder.read(resolveName(name, names, 'dataset'));
      if (found) return found;
      throw new UserError('notFound', `There is no dataset "${name}".`);
    },
    async remove(name) {
      const key = resolveName(name, await folder.keys(), 'dataset');
      await folder.locked(() => remove(folder.file(key)));
    },
    async setDialect(nameOrPath, dialect) {
      const { dataset, found } = await lies(nameOrPath);
      const { engine } = context.host;
      // What the file cannot be read by is not kept.
      const given = { ...dataset?.source.dialect, ...dialect };
      const opened = await engine.call('open', { source: { ...found, dialect: given } });
      await engine.call('close', { table: opened.table });
      if (!opened.dialect) {
        throw new UserError('unsupported', `${path.basename(found.path)} is no delimited text.`, {
          fix: 'Only of CSV, TSV and other delimited text it can be chosen how they are read.',
        });
      }
      await dialects.remember(found.path, dialect);
      return (await lies(nameOrPath)).found;
    },
    async tables(nameOrPath) {
      return context.host.engine.call('tables', { source: await source(nameOrPath) });
    },
    async chooseTable(nameOrPath, table) {
      const { found } = await lies(nameOrPath);
      const { engine } = context.host;
      // What is not in the file is not kept.
      const opened = await engine.call('open', { source: { ...found, table } });
      await engine.call('close', { table: opened.table });
      if (opened.shown === undefined) {
        throw new UserError('unsupported', `${path.basename(found.path)} holds one table, without a name.`, {
          fix: 'Only of workbooks, databases and JSON objects a table can be chosen.',
        });
      }
      await dialects.rememberTable(found.path, table);
    },
    async address(nameOrPath) {
      return (await lies(nameOrPath)).found.path;
    },
    async inStore(nameOrPath, signal) {
      const { found } = await lies(nameOrPath);
      if (!isStoreUri(found.path)) return undefined;
      const { object, path: copy } = await copies.look(found.path, signal);
      return { uri: found.path, bytes: object.bytes, ...(copy === undefined ? {} : { path: copy }) };
    },
    async fetch(nameOrPath, call) {
      const { found } = await lies(nameOrPath);
      return isStoreUri(found.path) ? copies.fetch(found.path, call) : (await source(nameOrPath)).path;
    },
    async preview(nameOrPath, rows, offset, signal, name) {
      const { engine } = context.host;
      const { found } = await lies(nameOrPath);
      if (isSourceUri(found.path)) return previewSource(context, found.path, { rows, offset }, signal);
      let here: TableSource | undefined;
      if (isStoreUri(found.path)) {
        const { object: known, path: copy } = await copies.look(found.path, signal);
        const place = await context.stores.at(found.path);
        if (copy === undefined) {
          return previewRemote(engine, place, { source: found, known }, { rows, offset }, signal);
        }
        here = { ...found, path: copy };
      }
      const table = {
        ...(here ?? (await source(nameOrPath))),
        ...(name === undefined ? {} : { table: name }),
      };
      const opened = await engine.call('open', { source: table }, { signal });
      try {
        if (opened.bytes <= COUNT_BYTES) await engine.call('scan', { table: opened.table }, { signal });
        return await engine.call('page', { table: opened.table, offset, limit: rows }, { signal });
      } finally {
        await engine.call('close', { table: opened.table }).catch(() => undefined);
      }
    },
    async profile(nameOrPath, call = {}, name) {
      const { path: place } = (await lies(nameOrPath)).found;
      if (isSourceUri(place)) return profileSource(context, { table: place }, call);
      const table = { ...(await source(nameOrPath)), ...(name === undefined ? {} : { table: name }) };
      const { engine } = context.host;
      const opened = await engine.call('open', { source: table }, call.signal ? { signal: call.signal } : {});
      try {
        const profile = await engine.call('profile', { table: opened.table }, call);
        const { signal } = call;
        const unfit = await engine.call('unfit', { table: opened.table }, signal ? { signal } : {});
        return unfit.length === 0 ? profile : { ...profile, unfit };
      } finally {
        await engine.call('close', { table: opened.table }).catch(() => undefined);
      }
    },
    async read(nameOrPath, signal) {
      return engineRead(await source(nameOrPath), signal);
    },
    async register(dataset) {
      await folder.update(dataset.name, (old) => ({ ...old, ...dataset }));
      return dataset;
    },
    broken: () => folder.broken(),
  };
  return api;
}

function taken(name: string, old: Dataset | undefined): UserError {
  const what = old === undefined ? '' : ` (${old.source.path})`;
  return new UserError('conflict', `There is a dataset "${name}" already${what}.`, {
    fix: 'Choose another name, or remove that one first.',
  });
}

/** Whether a provider's jobs read an object from where it lies. */
type ReadsFrom = (uri: string, signal?: AbortSignal) => Promise<boolean>;

/** A table as a job is to read it: `path` is absolute; the address in the store where nothing is here. */
export interface JobTable extends ReadTable {
  readonly dataset: Dataset;
}

/** What only the other parts of the core use. */
export interface DatasetsInside {
  /** The dataset (added when it is a path not known yet) with its content as it is now; `source.path` is absolute. */
  current(nameOrPath: string, signal?: AbortSignal): Promise<JobTable>;
  /** The same for a job that may be able to read it from where it lies; then nothing of it is fetched but its beginning or footer. */
  forJob(nameOrPath: string, readsFrom: ReadsFrom | undefined, signal?: AbortSignal): Promise<JobTable>;
  /** The same for a table that a recipe's steps read beside its input, which becomes no dataset by that. */
  otherForJob(nameOrPath: string, readsFrom: ReadsFrom | undefined, signal?: AbortSignal): Promise<ReadTable>;
  register(dataset: Dataset): Promise<Dataset>;
  broken(): Promise<readonly UserError[]>;
}
