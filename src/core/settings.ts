import path from 'node:path';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { ConnectValues, ProjectPaths } from './api';
import type { ProviderChoice } from './provider-choice';
import { UserError } from './errors';
import { readText, writeText } from './files';
import { lineOfPath } from './manifests';
import { cloudChoices, CLOUDS } from './provider-settings';
import { PROVIDER_IDS, type ProviderId } from './run';
import { SOURCES_SETTINGS } from './source-settings';

const cloud = z.looseObject({});
const PROVIDERS = z.strictObject({
  local: z.strictObject({ parallelJobs: z.number().int().min(1).max(64).optional() }).optional(),
  ...CLOUDS,
  azureml: cloud.optional(),
  databricks: cloud.optional(),
  watsonx: cloud.optional(),
});

const STORES = z.strictObject({
  s3: z
    .strictObject({
      profile: z.string().min(1).optional(),
      region: z.string().min(1).optional(),
      pathStyle: z.boolean().optional(),
      buckets: z.array(z.string().min(1)).optional(),
    })
    .optional(),
  gs: z
    .strictObject({
      project: z.string().min(1).optional(),
      account: z.string().min(1).optional(),
      keyFile: z.string().min(1).optional(),
      buckets: z.array(z.string().min(1)).optional(),
    })
    .optional(),
});

const SETTINGS = z.strictObject({
  project: z.string().min(1).optional(),
  provider: z.enum(PROVIDER_IDS).optional(),
  providers: PROVIDERS.optional(),
  /** Names only, nothing secret. */
  stores: STORES.optional(),
  sources: SOURCES_SETTINGS.optional(),
  /** `managed`, `selected`, or a path. */
  python: z.string().min(1).optional(),
});
export type Settings = z.infer<typeof SETTINGS>;

export const projectFile = (paths: ProjectPaths): string => path.join(paths.root, 'ml.yaml');
export const localFile = (paths: ProjectPaths): string => path.join(paths.ml, 'local.yaml');

/** The project's settings with the personal ones over them; none of the files need be there. A mistake names file and line. */
export async function readSettings(paths: ProjectPaths): Promise<Settings> {
  const shared = await readOne(projectFile(paths));
  const own = await readOne(localFile(paths));
  const providers = { ...shared.providers };
  for (const [id, values] of Object.entries(own.providers ?? {})) {
    const key = id as keyof typeof providers;
    Object.assign(providers, { [key]: { ...providers[key], ...values } });
  }
  const stores = { ...shared.stores };
  for (const [scheme, values] of Object.entries(own.stores ?? {})) {
    Object.assign(stores, { [scheme]: { ...stores[scheme as keyof typeof stores], ...values } });
  }
  const bigquery = { ...shared.sources?.bigquery, ...own.sources?.bigquery };
  return {
    ...shared,
    ...own,
    ...((shared.sources ?? own.sources) ? { sources: { bigquery } } : {}),
    ...(Object.keys(providers).length === 0 ? {} : { providers }),
    ...(Object.keys(stores).length === 0 ? {} : { stores }),
  };
}

async function readOne(file: string): Promise<Settings> {
  const text = await readText(file);
  return text === undefined ? {} : parseSettings(text, file);
}

/** Parses the text of `ml.yaml`; unknown keys and wrong values are a UserError that names file and line. */
export function parseSettings(text: string, file: string): Settings {
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  const [mistake] = document.errors;
  if (mistake) {
    const line = mistake.linePos?.[0].line ?? 1;
    const conflict = /^(<{7}|={7}|>{7})( |\r?$)/m.test(text);
    throw settingsError(
      file,
      line,
      conflict
        ? 'there is an unresolved merge conflict'
        : (mistake.message.split(/ at line \d|\n/)[0] ?? 'not valid YAML'),
    );
  }
  const value: unknown = document.toJS() ?? {};
  const checked = SETTINGS.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const keys = (issue?.path ?? []).map((one) => (typeof one === 'symbol' ? one.toString() : one));
  if (issue?.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys;
    const place = [...keys, unknown];
    throw settingsError(file, lineOfPath(text, place), `"${place.join('.')}" is not a known setting`);
  }
  throw settingsError(file, lineOfPath(text, keys), `${keys.join('.')}: ${issue?.message ?? 'invalid'}`);
}

function settingsError(file: string, line: number, reason: string): UserError {
  return new UserError('invalid', `${file}, line ${line}: ${reason}.`, {
    fix: 'Open the file and mend that line. Known settings: project, provider, providers, stores, sources, python.',
    actions: [{ title: 'Open File', command: 'mll.openFile', args: [file, line] }],
  });
}

/** The providers of a project, the usual one first; one whose settings lack something is not ready. */
export function providerChoices(settings: Settings, known: readonly string[]): readonly ProviderChoice[] {
  const all: ProviderChoice[] = [{ id: 'local', title: 'This machine', detail: '', ready: true }];
  for (const choice of cloudChoices(settings.providers, settings.stores?.gs?.project)) {
    if (known.includes(choice.id)) all.push(choice);
  }
  const usual = settings.provider ?? 'local';
  return all.sort((a, b) => Number(b.id === usual) - Number(a.id === usual));
}

/** Sets a provider's values: the project's in `ml.yaml`, the person's in `.ml/local.yaml`; comments and other values stay. */
export async function setProvider(paths: ProjectPaths, id: ProviderId, values: ConnectValues): Promise<void> {
  const given = (all: ConnectValues['shared']): [string, string][] =>
    Object.entries(all).flatMap(([key, value]): [string, string][] =>
      value === undefined ? [] : [[key, value]],
    );
  const shared = given(values.shared);
  if (shared.length > 0 || values.standard === true) {
    await edit(projectFile(paths), '', (document) => {
      for (const [key, value] of shared) document.setIn(['providers', id, key], value);
      if (values.standard === true) document.set('provider', id);
    });
  }
  const own = given(values.own);
  if (own.length > 0) {
    await edit(localFile(paths), OWN, (document) => {
      for (const [key, value] of own) document.setIn(['providers', id, key], value);
    });
  }
}

async function edit(file: string, begin: string, change: (document: Document) => void): Promise<void> {
  const text = (await readText(file)) ?? begin;
  parseSettings(text, file);
  const document = parseDocument(text);
  change(document);
  const after = document.toString();
  // A value that the schema refuses is told before it is written.
  parseSettings(after, file);
  await writeText(file, after);
}

const OWN = '# Personal values over ml.yaml; not in git.\n';

/** Sets one personal value in `.ml/local.yaml`; comments and the other values stay. */
export async function setLocal(
  paths: ProjectPaths,
  key: 'python' | 'provider',
  value: string,
): Promise<void> {
  await edit(localFile(paths), OWN, (document) => document.set(key, value));
}

/** A value of the settings by its keys; the parts of it that are undefined are left out. */
type Value = Readonly<Record<string, unknown>> | undefined;
type Keys = readonly [string, ...string[]];

/** Sets one value in `ml.yaml`, or takes it out (undefined); comments and other values stay. */
export async function setShared(paths: ProjectPaths, key: Keys, value: Value): Promise<void> {
  await edit(projectFile(paths), '', (document) => setValue(document, key, value));
}

/** {@link setShared} for the person's own `.ml/local.yaml`. */
export async function setOwn(paths: ProjectPaths, key: Keys, value: Value): Promise<void> {
  const file = localFile(paths);
  if (value === undefined && (await readText(file)) === undefined) return;
  await edit(file, OWN, (document) => setValue(document, key, value));
}

function setValue(document: Document, key: Keys, value: Value): void {
  if (value === undefined) {
    if (document.hasIn(key)) document.deleteIn(key);
  } else {
    const given = Object.entries(value).filter(([, one]) => one !== undefined);
    document.setIn(key, document.createNode(Object.fromEntries(given)));
  }
  const above = key.slice(0, -1);
  const parent: unknown = above.length > 0 ? document.getIn(above) : undefined;
  // No empty `stores:` stays behind.
  if (isMap(parent) && parent.items.length === 0) document.deleteIn(above);
}
