import { randomBytes } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { CoreContext } from './context';
import type { DatasetsInside } from './datasets';
import { UserError } from './errors';
import { type Agree, askToAgree, type Estimate } from './estimate';
import { fileError, remove, writeText } from './files';
import { gitState } from './git';
import type { ManifestFolder } from './manifests';
import { without } from './objects';
import type { Provider } from './provider';
import { type JobKind, type JobSpec, type Provenance, type ProviderId, resourcesOf, type Run } from './run';
import type { RunManifest, RunRequest } from './schemas';
import type { TableRead } from './table';
import type { Plan } from '../recipe/plan';
import type { CallOptions } from '../rpc';

/** What the parts of the core that start runs need. */
export interface SubmitContext extends CoreContext {
  readonly inside: DatasetsInside;
  readonly runManifests: ManifestFolder<RunManifest>;
}

/** A run as it is to be, before it has an id. */
export interface Draft {
  readonly kind: JobKind;
  readonly name: string;
  readonly provider: ProviderId | undefined;
  readonly request: RunRequest;
  readonly data?: { name: string; read: TableRead };
  readonly recipe?: { file: string; text: string; hash: string };
  readonly params: Run['params'];
  readonly usedModel?: Run['usedModel'];
  readonly partOf?: string;
  /** Asked in place of the host, by a larger undertaking that this is a step of. */
  readonly agree?: Agree | undefined;
  readonly spec: {
    readonly inputs: JobSpec['inputs'];
    readonly plan?: Plan | undefined;
    readonly target?: string | undefined;
    readonly script?: string;
    readonly model?: string;
    readonly codeFolder?: string;
  };
}

/** Writes the run down and hands its job to the provider; what the provider refuses leaves no run behind. */
export async function submit(context: SubmitContext, draft: Draft, call: CallOptions): Promise<Run> {
  await context.ensureProject();
  const provider = await context.provider(draft.provider);
  const git = await gitState(context.paths.root, call.signal);
  const submitted = context.host.now().toISOString();
  const id = runId(submitted, draft.kind, draft.name);
  const data = draft.data && {
    name: draft.data.name,
    hash: draft.data.read.hash,
    rows: draft.data.read.rows,
    ...(draft.data.read.beginning === undefined ? {} : { estimated: true }),
    ...(draft.data.read.rejected === 0 ? {} : { rejected: draft.data.read.rejected }),
  };
  const recipeHash = draft.recipe?.hash;
  const facts = {
    ...(git.commit === undefined ? {} : { commit: git.commit }),
    ...(git.branch === undefined ? {} : { branch: git.branch }),
    dirty: git.dirty,
    ...(data === undefined ? {} : { data }),
    ...(recipeHash === undefined ? {} : { recipeHash }),
  };
  const { target } = draft.spec;
  const spec = specOf(draft, { run: id, ...facts, created: submitted });
  const folder = path.dirname(context.runManifests.file(id));
  const sent = await keepCopies(spec, draft.data?.read, folder);
  const agree = draft.agree ?? context.host.agree?.bind(context.host);
  await agreed(agree, provider, sent, id, folder, call.signal);
  const place = await provider.jobs.place?.(sent, id);
  const manifest: RunManifest = {
    id,
    kind: draft.kind,
    name: draft.name,
    status: 'queued',
    provider: provider.id,
    metrics: {},
    submitted,
    ...facts,
    ...(draft.recipe === undefined ? {} : { recipe: context.portable(draft.recipe.file) }),
    ...(target === undefined ? {} : { target }),
    params: draft.params,
    ...(draft.usedModel === undefined ? {} : { usedModel: draft.usedModel }),
    ...(draft.partOf === undefined ? {} : { partOf: draft.partOf }),
    ...(draft.request.script === undefined ? {} : { script: draft.request.script }),
    ...(place === undefined ? {} : { place }),
    request: draft.request,
  };
  try {
    if (draft.recipe) await writeText(path.join(folder, 'recipe.yaml'), draft.recipe.text);
    if (git.diff !== undefined) await writeText(path.join(folder, 'uncommitted.diff'), git.diff);
    await context.runManifests.update(id, () => manifest);
    await provider.jobs.submit(sent, id, call.signal);
  } catch (error) {
    // Whether it arrived is not known: the run stays, so that a job that costs money is not lost from sight.
    if (!(provider.remote && error instanceof UserError && error.kind === 'unavailable')) {
      await remove(folder).catch(() => undefined);
    }
    throw error;
  }
  return publicRun(manifest);
}

function specOf(draft: Draft, provenance: Provenance): JobSpec {
  const { inputs, plan, target, script, model, codeFolder } = draft.spec;
  return {
    kind: draft.kind,
    inputs,
    file: {
      job: 1,
      id: provenance.run,
      kind: draft.kind,
      ...(plan === undefined ? {} : { plan }),
      ...(target === undefined ? {} : { target }),
      params: draft.params,
      ...(script === undefined ? {} : { script }),
      ...(model === undefined ? {} : { model }),
      provenance,
    },
    ...(codeFolder === undefined ? {} : { codeFolder }),
    resources: resourcesOf(draft.request),
  };
}

/** What the job would send and cost, with nothing written or sent; undefined where it sends and costs nothing. */
export async function estimateOf(
  context: SubmitContext,
  draft: Draft,
  call: CallOptions,
): Promise<Estimate | undefined> {
  const { jobs } = await context.provider(draft.provider);
  const created = context.host.now().toISOString();
  const id = runId(created, draft.kind, draft.name);
  return jobs.estimate?.(specOf(draft, { run: id, dirty: false, created }), id, call.signal);
}

/** Before anything leaves this machine or costs money: shown, and agreed to. */
async function agreed(
  agree: Agree | undefined,
  provider: Provider,
  spec: JobSpec,
  id: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  if (!provider.jobs.estimate) return;
  try {
    await askToAgree(agree ? { agree } : {}, await provider.jobs.estimate(spec, id, signal));
  } catch (error) {
    await remove(folder).catch(() => undefined);
    throw error;
  }
}

/** Where the engine reads a temporary copy (another encoding, torn records), the run keeps one: the engine's goes away with it. */
async function keepCopies(spec: JobSpec, read: TableRead | undefined, folder: string): Promise<JobSpec> {
  const { data } = spec.inputs;
  if (data === undefined || read?.path === undefined) return spec;
  const kept = path.join(folder, 'input', path.basename(read.path));
  try {
    await mkdir(path.dirname(kept), { recursive: true });
    await copyFile(read.path, kept);
  } catch (error) {
    throw fileError(error, `copy ${data.path} for the job`);
  }
  return { ...spec, inputs: { ...spec.inputs, data: { ...data, path: kept } } };
}

/** The run without what only the core keeps. */
export function publicRun(manifest: RunManifest): Run {
  return without(manifest, 'request');
}

/** Sortable and readable: `20261123-1312-train-penguins-a1b2` (UTC). */
function runId(time: string, kind: JobKind, name: string): string {
  const stamp = `${time.slice(0, 10).replaceAll('-', '')}-${time.slice(11, 16).replace(':', '')}`;
  const short =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 24) || 'data';
  return `${stamp}-${kind}-${short}-${randomBytes(2).toString('hex')}`;
}
