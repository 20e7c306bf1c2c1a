import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runs } from './api';
import { fromErrorData, isAbort, toErrorData, UserError } from './errors';
import { entries, readText, remove } from './files';
import { finish, type FinishContext } from './finish';
import { type ManifestLayout, withLock } from './manifests';
import { resolveName } from './names';
import { without } from './objects';
import type { LeftFiles } from './provider';
import { type JobState, type Report, resourcesOf, type Run, type RunStatus } from './run';
import type { RunManifest } from './schemas';
import { publicRun } from './job-submit';
import { prepareNew } from './incremental';
import { prepare, score, scoreEstimate, train } from './submit';
import type { PrepareReport } from '../recipe/report';
import type { CallOptions } from '../rpc';

/** `runs/<id>/run.json` */
export const RUN_LAYOUT: ManifestLayout<RunManifest> = {
  folder: 'runs',
  keyOf: ({ id }) => id,
  file: (key) => path.join(key, 'run.json'),
  keys: async (absolute) =>
    (await entries(absolute)).filter((one) => one.folder && !one.name.startsWith('.')).map((one) => one.name),
};

/** The api of runs with what only the parts of the core use. */
export interface RunsInside {
  broken(): Promise<readonly UserError[]>;
}

/** Between two looks at a run that is waited for. */
const WAIT_MS = 300;
/** On a remote provider: longer and longer while nothing changes. */
const LONGEST_WAIT_MS = 15_000;
/** Most that a list waits for one run. */
const LIST_WAIT_MS = 5_000;
/** Looks after which a run that ended but cannot be taken into the project is given up. */
const REFUSALS = 3;

const ELSEWHERE = 'on another machine';
const LOOKING = 'its provider is asked';
const BRINGING = 'bringing the results to this machine';

const hasEnded = (status: RunStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

export function createRuns(context: FinishContext): Runs & RunsInside {
  const folder = context.runManifests;
  const folderOf = (id: string): string => path.dirname(folder.file(id));

  async function resolve(id: string): Promise<RunManifest> {
    const key = resolveName(id, await folder.keys(), 'run');
    const found = await folder.read(key);
    if (found) return found;
    throw new UserError('notFound', `The run ${key} has no run.json.`, {
      fix: `Remove its folder, or take the file back from git: ${folderOf(key)}`,
    });
  }

  /** The run as its provider knows it now; one that ended is taken into the project once. */
  async function refresh(run: RunManifest): Promise<Run> {
    if (hasEnded(run.status)) return publicRun(run);
    let state: JobState;
    try {
      state = await (await context.provider(run.provider)).jobs.get(run.id);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return unseen(run, error);
    }
    if (hasEnded(state.status)) return ended(run, state);
    if (state.status !== run.status) {
      await folder
        .update(run.id, (old) =>
          old && !hasEnded(old.status)
            ? {
                ...old,
                status: state.status,
                ...(state.started === undefined ? {} : { started: state.started }),
              }
            : old,
        )
        // A read-only folder can still be looked at.
        .catch((error: unknown) => context.host.log(toErrorData(error).message));
    }
    return {
      ...publicRun(run),
      status: state.status,
      ...(state.stage === undefined ? {} : { stage: state.stage }),
      ...(state.progress === undefined ? {} : { progress: state.progress }),
      ...(state.started === undefined ? {} : { started: state.started }),
    };
  }

  /** Submitted from another machine, or its provider cannot be reached: what is written is all that is known. */
  function unseen(run: RunManifest, error: UserError): Run {
    const elsewhere = error.kind === 'notFound' && run.place === undefined;
    return {
      ...publicRun(run),
      stage: elsewhere ? ELSEWHERE : error.message,
      // A login that has to be renewed: waiting does not help.
      ...(error.kind === 'auth' || error.kind === 'permission' ? { error: toErrorData(error) } : {}),
    };
  }

  async function ended(run: RunManifest, state: JobState): Promise<Run> {
    try {
      return publicRun(await finalise(run.id, state));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Another window is at it, which may take a while for large outputs.
      if (error.kind === 'conflict') return { ...publicRun(run), stage: BRINGING };
      return { ...publicRun(run), stage: `ended, but: ${error.message}`, error: toErrorData(error) };
    }
  }

  /** All runs; those of a provider that can say it for many at once are asked about together, and only what changed is asked again. */
  async function refreshAll(all: readonly RunManifest[]): Promise<Run[]> {
    const open = all.filter((run) => !hasEnded(run.status));
    const known = new Map<string, RunStatus>();
    for (const id of new Set(open.map((run) => run.provider))) {
      const mine = open.filter((run) => run.provider === id).map((run) => run.id);
      try {
        const { jobs } = await context.provider(id);
        if (!jobs.statuses || mine.length < 2) continue;
        for (const [run, status] of await jobs.statuses(mine)) known.set(run, status);
      } catch (error) {
        // Each is asked by itself then, and says what is wrong.
        if (!(error instanceof UserError)) throw error;
      }
    }
    return Promise.all(
      all.map(async (run) => (known.get(run.id) === run.status ? publicRun(run) : soon(run, refresh(run)))),
    );
  }

  /** A list does not wait for large outputs that come from elsewhere; they go on coming. */
  function soon(run: RunManifest, refreshed: Promise<Run>): Promise<Run> {
    if (run.place === undefined) return refreshed;
    const late = sleep(LIST_WAIT_MS, undefined, { ref: false }).then(() => ({
      ...publicRun(run),
      stage: LOOKING,
    }));
    return Promise.race([refreshed, late]);
  }

  /** The run a moment later: cheap while only its stage moves; a change of its status is written down. */
  async function look(run: Run): Promise<Run> {
    const { jobs } = await context.provider(run.provider);
    const state = await jobs.get(run.id).catch((error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (state?.status !== run.status) return api.get(run.id);
    return {
      ...without(run, 'stage', 'progress'),
      ...(state.stage === undefined ? {} : { stage: state.stage }),
      ...(state.progress === undefined ? {} : { progress: state.progress }),
    };
  }

  /** Two windows may see the end at once: the second finds it done. */
  function finalise(id: string, state: JobState): Promise<RunManifest> {
    return withLock(folderOf(id), `finish run ${id}`, async () => {
      const now = await folder.read(id);
      if (!now) throw new UserError('notFound', `Run ${id} was removed meanwhile.`);
      if (hasEnded(now.status)) return now;
      const after = await finish(context, now, await withOutputs(now, state));
      await folder.update(id, () => after);
      return after;
    });
  }

  /** Outputs that lie elsewhere are brought here, once. */
  async function withOutputs(run: RunManifest, state: JobState): Promise<JobState> {
    if (state.outputs !== undefined || state.status !== 'completed') return state;
    const { jobs } = await context.provider(run.provider);
    if (!jobs.collect) return state;
    try {
      return { ...state, outputs: await jobs.collect(run.id) };
    } catch (error) {
      // Deleted meanwhile: it will not come back, so that the run is over.
      if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
      return { ...state, status: 'failed', error: toErrorData(error) };
    }
  }

  async function rerun(
    id: string,
    changes: Parameters<Runs['rerun']>[1] = {},
    call: CallOptions = {},
  ): Promise<Run> {
    const run = await resolve(id);
    const { request } = run;
    const data = changes.data ?? request.data;
    if (data === undefined) {
      throw new UserError('unsupported', `Run ${run.id} does not say which data it used.`, {
        fix: 'Start it anew from its data.',
      });
    }
    const recipe = path.join(folderOf(run.id), 'recipe.yaml');
    const provider = { provider: run.provider };
    switch (run.kind) {
      case 'train':
        return train(
          context,
          {
            data,
            recipe: request.recipe === true ? context.absolute(request.recipeFile ?? recipe) : null,
            ...(request.target === undefined ? {} : { target: request.target }),
            ...(request.params === undefined ? {} : { params: request.params }),
            ...(request.script === undefined ? {} : { script: request.script }),
            ...(request.model === undefined ? {} : { model: request.model }),
            ...resourcesOf(request),
            ...provider,
          },
          call,
          request.recipe === true ? { recipe } : undefined,
          changes.agree,
        );
      case 'prepare':
        if (request.incremental) {
          const again = await prepareNew(
            context,
            {
              recipe: request.recipeFile ?? recipe,
              input: data,
              output: request.incremental.dataset,
              ...resourcesOf(request),
              ...provider,
            },
            call,
          );
          if (again.run) return again.run;
          throw new UserError('conflict', `Nothing is new for the dataset ${again.dataset}.`, {
            fix: 'Add files to its input first.',
          });
        }
        return prepare(
          context,
          {
            recipe: request.recipeFile ?? recipe,
            ...(request.output === undefined ? {} : { output: request.output }),
            ...resourcesOf(request),
            ...provider,
          },
          call,
          { recipe, data },
        );
      case 'evaluate':
      case 'batch-predict':
        return score(
          context,
          run.kind,
          {
            model: request.model ?? run.name,
            data,
            ...(request.part === undefined ? {} : { part: request.part }),
            ...(request.output === undefined ? {} : { output: request.output }),
            ...resourcesOf(request),
            ...provider,
          },
          call,
        );
    }
  }

  const jobsOf = async (run: RunManifest): Promise<Awaited<ReturnType<typeof context.provider>>['jobs']> =>
    (await context.provider(run.provider)).jobs;

  /** The run, last, after what scored its models: that says nothing without it. */
  async function withParts(run: RunManifest): Promise<RunManifest[]> {
    return [...(await folder.list()).filter((one) => one.partOf === run.id && hasEnded(one.status)), run];
  }

  const api: Runs & RunsInside = {
    train: (request, call) => train(context, request, call),
    prepare: (request, call) => prepare(context, request, call),
    prepareNew: (request, call) => prepareNew(context, request, call),
    batchPredict: (request, call) => score(context, 'batch-predict', request, call),
    evaluate: (request, call) => score(context, 'evaluate', request, call),
    estimateEvaluate: (request, call) => scoreEstimate(context, request, call),
    rerun,
    async list() {
      const all = await refreshAll(await folder.list());
      return all.sort((a, b) => b.submitted.localeCompare(a.submitted) || b.id.localeCompare(a.id));
    },
    get: async (id) => refresh(await resolve(id)),
    async wait(id, call = {}) {
      const { id: whole } = await resolve(id);
      let run = await api.get(whole);
      const { remote } = await context.provider(run.provider);
      let shown = '';
      let refused = 0;
      let pause = WAIT_MS;
      for (;;) {
        call.signal?.throwIfAborted();
        const text = JSON.stringify([run.status, run.stage, run.progress]);
        if (text !== shown) {
          shown = text;
          pause = WAIT_MS;
          call.onProgress?.(run);
        } else if (remote) {
          pause = Math.min(pause * 1.5, LONGEST_WAIT_MS);
        }
        if (hasEnded(run.status)) return run;
        if (run.stage === ELSEWHERE) {
          throw new UserError(
            'unsupported',
            `Run ${whole} runs on another machine; it cannot be waited for here.`,
            {
              fix: 'Pull its result from git when it is done.',
            },
          );
        }
        // Its outputs cannot be taken over (disk full, read-only folder): waiting does not help.
        if (run.error && ++refused === REFUSALS) throw fromErrorData(run.error);
        try {
          await sleep(pause, undefined, call.signal ? { signal: call.signal } : {});
        } catch (error) {
          if (isAbort(error)) throw new DOMException('Cancelled.', 'AbortError');
          throw error;
        }
        run = await look(run);
      }
    },
    async logs(id, cursor) {
      const run = await resolve(id);
      return (await jobsOf(run)).logs(run.id, cursor);
    },
    async metrics(id, cursor) {
      const run = await resolve(id);
      return (await jobsOf(run)).metrics(run.id, cursor);
    },
    async report(id) {
      const run = await resolve(id);
      await refresh(run);
      const text = await readText(path.join(folderOf(run.id), 'report.json'));
      if (text !== undefined) return JSON.parse(text) as Report;
      if (run.model === undefined) return undefined;
      return context.models.report(`${run.model.name}@${run.model.version}`).catch((error: unknown) => {
        if (error instanceof UserError) return undefined;
        throw error;
      });
    },
    async prepared(id) {
      const run = await resolve(id);
      await refresh(run);
      const text = await readText(path.join(folderOf(run.id), 'prepared.json'));
      return text === undefined ? undefined : (JSON.parse(text) as PrepareReport);
    },
    async cancel(id) {
      const run = await resolve(id);
      if (!hasEnded(run.status)) await (await jobsOf(run)).cancel(run.id);
    },
    async left(id, signal) {
      const found: LeftFiles[] = [];
      for (const one of await withParts(await resolve(id))) {
        const files = one.place && (await (await jobsOf(one)).left?.(one.id, signal));
        if (files) found.push(files);
      }
      return found;
    },
    async remove(id, { here = false } = {}) {
      const run = await resolve(id);
      const now = await refresh(run);
      if (!hasEnded(now.status) && now.stage !== ELSEWHERE) {
        throw new UserError('conflict', `Run ${run.id} is still ${now.status}.`, {
          fix: 'Cancel it first.',
          actions: [{ title: 'Cancel Run', command: 'mll.run.cancel', args: [run.id] }],
        });
      }
      for (const one of await withParts(run)) {
        if (one.place && !here) await (await jobsOf(one)).removeLeft?.(one.id);
        await remove(folderOf(one.id));
      }
    },
    broken: () => folder.broken(),
  };
  return api;
}
