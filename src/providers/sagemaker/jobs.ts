import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { type ErrorData, isAbort, UserError } from '../../core/errors';
import { takeApart } from '../../core/job-lines';
import { isLocked, withLock } from '../../core/manifests';
import type { Jobs } from '../../core/provider';
import type { JobSpec, JobState, Place, RunStatus } from '../../core/run';
import type { Store } from '../../core/store';
import { abort, type Clients } from './clients';
import { type Config, DEFAULT_MAX_MINUTES, readConfig } from './config';
import { isCancelled, markCancelled, throwIfCancelled } from '../cloud/cancel-mark';
import { kindOf, minuteOf } from '../cloud/names';
import { readPlace } from '../cloud/place';
import { type Described, failureOf, toPoint, toState } from '../cloud/state';
import { failedJob } from '../cloud/failed';
import { sendChannels } from '../cloud/files';
import { codeOf as errorCodeOf, isConnectionLost } from './errors';
import { jobEstimate } from './estimates';
import { jobImage } from './job-image';
import { channelsOf } from '../cloud/inputs';
import { describeProcessing, describeTraining, limitFailure, ownFailure, statusOf } from './job-state';
import { leftFiles, removeAll, runFiles } from '../cloud/left';
import { checkPlaced } from '../cloud/placed';
import { withoutJob } from '../cloud/unheard';
import { lastWords, linesOf, shownText } from './job-log';
import { firstMachine, lastLines, lastOfEach, LOG_GROUPS, type LogPlace } from './logs';
import { bringOutputs } from './outputs';
import { readsFrom } from './placed';
import { priceOf } from './prices';
import { isTraining, jobName, placeOf, processingJob, resourcesFor, trainingJob } from './requests';
import { forgetJob, sendJob } from './send';
import { projectStore } from './regions';
import { codeOf } from './source';

const SAGEMAKER = { id: 'sagemaker', name: 'SageMaker' } as const;
/** Lines at the end of a log that are looked through for the stage, and for why a job failed. */
const TAIL_LINES = 50;
/** Looks back so much before the oldest run when many are listed: clocks differ. */
const LIST_SLACK_MS = 60 * 60_000;

export interface JobsContext {
  readonly paths: ProjectPaths;
  readonly host: Host;
  clients(): Promise<Clients>;
  /** Of the login that is used: 12 digits. */
  account(region: string, signal?: AbortSignal): Promise<string>;
}

/** Jobs as SageMaker's training and processing jobs, on its prebuilt scikit-learn image. */
export function createJobs(context: JobsContext): Jobs {
  const { paths, host } = context;
  const runFolder = (runId: string): string => path.join(paths.ml, 'runs', runId);
  const jobFolder = (runId: string): string => path.join(runFolder(runId), 'job');

  async function storeOf(config: Config) {
    return projectStore(await context.clients(), config);
  }

  async function placeOfRun(runId: string): Promise<Place> {
    const kept = await readPlace(paths, runId);
    return kept ?? placeOf(await readConfig(paths), kindOf(runId), runId, '');
  }

  /** What SageMaker says of the job now; undefined when there is none of that name. */
  async function describe(runId: string, place: Place, signal?: AbortSignal): Promise<Described | undefined> {
    const clients = await context.clients();
    const { sdk, client } = await clients.sagemaker(place.region);
    try {
      return await clients.calling('look at the job', async () =>
        isTraining(kindOf(runId))
          ? describeTraining(
              await client.send(
                new sdk.DescribeTrainingJobCommand({ TrainingJobName: place.name }),
                abort(signal),
              ),
            )
          : describeProcessing(
              await client.send(
                new sdk.DescribeProcessingJobCommand({ ProcessingJobName: place.name }),
                abort(signal),
              ),
            ),
      );
    } catch (error) {
      if (error instanceof UserError && error.kind === 'notFound') return undefined;
      throw error;
    }
  }

  /** Hands the request over; after a cut connection it is looked up whether it arrived before it is sent again. */
  async function create(
    spec: JobSpec,
    runId: string,
    place: Place,
    send: () => Promise<unknown>,
  ): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await send();
        return;
      } catch (error) {
        // The name is made of the run's id: a job of that name is this one.
        if (errorCodeOf(error).startsWith('ResourceInUse')) return;
        if (isAbort(error) || !isConnectionLost(error)) return refuse(spec, error);
        const found = await describe(runId, place).catch((lost: unknown) => {
          if (lost instanceof UserError) throw uncertain(runId, error);
          throw lost;
        });
        if (found) return;
        if (tries === 2) return refuse(spec, error);
      }
    }
  }

  async function stop(runId: string, place: Place, signal?: AbortSignal): Promise<void> {
    const clients = await context.clients();
    const { sdk, client } = await clients.sagemaker(place.region);
    await clients.calling('stop the job', () =>
      isTraining(kindOf(runId))
        ? client.send(new sdk.StopTrainingJobCommand({ TrainingJobName: place.name }), abort(signal))
        : client.send(new sdk.StopProcessingJobCommand({ ProcessingJobName: place.name }), abort(signal)),
    );
  }

  async function refuse(spec: JobSpec, error: unknown): Promise<never> {
    const clients = await context.clients();
    return clients.calling(`start the ${spec.kind} job`, () => Promise.reject(error as Error));
  }

  function uncertain(runId: string, cause: unknown): UserError {
    return new UserError(
      'unavailable',
      `The connection broke while the job was started, so it is not known whether it runs.`,
      {
        fix: `The run ${runId} stays in the list: it shows the job as soon as AWS answers again.`,
        cause,
      },
    );
  }

  async function submit(spec: JobSpec, runId: string, signal?: AbortSignal): Promise<void> {
    const config = await readConfig(paths);
    const { machine } = resourcesFor(config, spec.resources);
    const code = await codeOf(spec, paths);
    const image = await jobImage(config, spec, { code, machine });
    const place = placeOf(config, spec.kind, runId, machine);
    const channels = await channelsOf(spec.inputs, signal);
    await withLock(jobFolder(runId), `submit run ${runId}`, async () => {
      if (await describe(runId, place, signal)) return;
      const store = await storeOf(config);
      const clients = await context.clients();
      await checkPlaced(channels, (bucket) => clients.store(config.region, bucket), signal);
      await sendChannels(store, config, channels, signal);
      await sendJob(store, { host, config, image, spec, channels, code }, runId, signal);
      const { sdk, client } = await clients.sagemaker(config.region);
      const parts = { config, image, spec, runId, channels };
      try {
        signal?.throwIfAborted();
        await throwIfCancelled(jobFolder(runId));
        await create(spec, runId, place, () =>
          isTraining(spec.kind)
            ? client.send(new sdk.CreateTrainingJobCommand(trainingJob(parts)))
            : client.send(new sdk.CreateProcessingJobCommand(processingJob(parts))),
        );
      } catch (error) {
        // What was sent for a job that never starts is of no use; where it is not known whether it started, it stays.
        if (isAbort(error) || (error instanceof UserError && error.kind !== 'unavailable'))
          await forgetJob(store, config, runId, (line) => host.log(line));
        throw error;
      }
      // Cancelled in the very moment in which it was started: who cancelled may not have seen it yet.
      if (await isCancelled(jobFolder(runId))) await stop(runId, place);
    });
  }

  async function get(runId: string, signal?: AbortSignal): Promise<JobState> {
    const place = await placeOfRun(runId);
    const described = await describe(runId, place, signal);
    if (!described) return unheard(runId, place, signal);
    const log = logOf(runId, place);
    if (described.status === 'failed') return toState(described, await whyFailed(described, log, signal));
    if (!described.working) return toState(described, undefined);
    const lines = await lastLines(await context.clients(), firstMachine(log), TAIL_LINES, signal);
    const said = lines
      .map((line) => takeApart(line).message)
      .findLast((one) => one !== undefined && 'stage' in one);
    const stage = said && 'stage' in said ? said : undefined;
    return {
      ...toState({ ...described, ...(stage === undefined ? {} : { stage: stage.stage }) }, undefined),
      ...(stage?.progress === undefined ? {} : { progress: stage.progress }),
    };
  }

  /** There is no job of that name: it is on its way, it was never started, it was deleted, or another account is looked at. */
  async function unheard(runId: string, place: Place, signal?: AbortSignal): Promise<JobState> {
    if (await isLocked(jobFolder(runId))) return { status: 'queued', stage: 'sending the files' };
    const mine = await context.account(place.region, signal);
    if (place.account !== undefined && mine !== place.account) {
      throw new UserError(
        'permission',
        `Run ${runId} belongs to the AWS account ${place.account}; the login is of ${mine}.`,
        { fix: 'Choose the profile of that account ("mll connect sagemaker").' },
      );
    }
    const nothing = `There is no job ${place.name} in ${place.region}`;
    if (!(await readPlace(paths, runId))) {
      throw new UserError('notFound', `${nothing}.`, {
        fix: 'It was submitted with another region or account, or it was deleted.',
      });
    }
    return withoutJob(runId, { cloud: 'AWS', nothing, now: host.now() });
  }

  async function filesOf(runId: string): Promise<{ store: Store; prefix: string } | undefined> {
    const place = await readPlace(paths, runId);
    const files = place && runFiles(place, runId);
    if (!files) return undefined;
    return {
      store: await (await context.clients()).store(place.region, files.bucket),
      prefix: files.prefix,
    };
  }

  const logOf = (runId: string, place: Place): LogPlace => ({
    region: place.region,
    group: isTraining(kindOf(runId)) ? LOG_GROUPS.train : LOG_GROUPS.prepare,
    prefix: `${place.name}/`,
  });

  /** What the job said itself, else SageMaker's reason with the log's last lines. */
  async function whyFailed(described: Described, log: LogPlace, signal?: AbortSignal): Promise<ErrorData> {
    if (described.limit !== undefined) {
      const { settings } = await readConfig(paths);
      const minutes = described.maxMinutes ?? settings.maxMinutes ?? DEFAULT_MAX_MINUTES;
      return limitFailure(described.limit, minutes);
    }
    const ends = await lastOfEach(await context.clients(), log, TAIL_LINES, signal);
    const { failure, before } = lastWords(ends);
    const reason = described.reason ?? '';
    const own = failureOf(failure) ?? ownFailure(reason);
    return failedJob(SAGEMAKER, { own, reason, lines: before.flatMap(shownText) });
  }

  return {
    submit,
    get,
    readsFrom: async (uri, signal) =>
      readsFrom(await readConfig(paths), await context.clients(), uri, signal),
    place: async (spec, runId) => {
      const config = await readConfig(paths);
      return placeOf(config, spec.kind, runId, resourcesFor(config, spec.resources).machine);
    },
    async estimate(spec, runId, signal) {
      const config = await readConfig(paths);
      const { machine } = resourcesFor(config, spec.resources);
      const code = await codeOf(spec, paths);
      const image = await jobImage(config, spec, { code, machine });
      const channels = await channelsOf(spec.inputs, signal);
      const use = isTraining(spec.kind) ? 'train' : 'prepare';
      const price = await priceOf({ host, clients: await context.clients(), config }, machine, use, signal);
      return jobEstimate(
        { config, store: await storeOf(config), spec, channels, price, code, image },
        runId,
        signal,
      );
    },
    async statuses(runIds, signal) {
      const found = new Map<string, RunStatus>();
      const byName = new Map(runIds.map((id) => [jobName(id), id]));
      const since = new Date(Math.min(...runIds.map(minuteOf)) - LIST_SLACK_MS);
      const regions = new Set((await Promise.all(runIds.map(placeOfRun))).map((one) => one.region));
      for (const region of regions) {
        for (const [name, status] of await listed(region, since, signal)) {
          const id = byName.get(name);
          if (id !== undefined) found.set(id, status);
        }
      }
      return found;
    },
    async collect(runId, signal) {
      const place = await placeOfRun(runId);
      const [, bucket = '', run = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(place.output ?? '') ?? [];
      const store = await (await context.clients()).store(place.region, bucket);
      return bringOutputs(
        { store, run, job: place.name, training: isTraining(kindOf(runId)) },
        path.join(jobFolder(runId), 'out'),
        signal,
      );
    },
    async left(runId, signal) {
      const found = await filesOf(runId);
      return found && leftFiles(found.store, found.prefix, signal);
    },
    async removeLeft(runId, signal) {
      const found = await filesOf(runId);
      if (found) await removeAll(found.store, found.prefix, signal);
    },
    async cancel(runId, signal) {
      const place = await placeOfRun(runId);
      let now = await describe(runId, place, signal);
      if (now === undefined) {
        // Its files may still be on their way, by another process; or the job came into being meanwhile.
        await markCancelled(jobFolder(runId));
        now = await describe(runId, place, signal);
      }
      if (now?.status === 'running' || now?.status === 'starting' || now?.status === 'queued')
        await stop(runId, place, signal);
    },
    async logs(runId, cursor, signal) {
      const place = logOf(runId, await placeOfRun(runId));
      return linesOf(await context.clients(), place, shownText, cursor, signal);
    },
    async metrics(runId, cursor, signal) {
      const place = firstMachine(logOf(runId, await placeOfRun(runId)));
      return linesOf(await context.clients(), place, ({ text }) => toPoint(text), cursor, signal);
    },
  };

  /** Names and statuses of our jobs in a region that were made since then, by a few calls for all of them. */
  async function listed(region: string, since: Date, signal?: AbortSignal): Promise<Map<string, RunStatus>> {
    const clients = await context.clients();
    const { sdk, client } = await clients.sagemaker(region);
    const all = new Map<string, RunStatus>();
    const filter = { NameContains: 'mll-', CreationTimeAfter: since, MaxResults: 100 };
    const pages = async (ask: (next: string | undefined) => Promise<string | undefined>): Promise<void> => {
      for (let next = await ask(undefined); next !== undefined;) next = await ask(next);
    };
    const token = (next: string | undefined): { NextToken?: string } =>
      next === undefined ? {} : { NextToken: next };
    await clients.calling('list the jobs', async () => {
      await pages(async (next) => {
        const page = await client.send(
          new sdk.ListTrainingJobsCommand({ ...filter, ...token(next) }),
          abort(signal),
        );
        for (const one of page.TrainingJobSummaries ?? []) {
          all.set(one.TrainingJobName ?? '', statusOf(one.TrainingJobStatus));
        }
        return page.NextToken;
      });
      await pages(async (next) => {
        const page = await client.send(
          new sdk.ListProcessingJobsCommand({ ...filter, ...token(next) }),
          abort(signal),
        );
        for (const one of page.ProcessingJobSummaries ?? []) {
          all.set(one.ProcessingJobName ?? '', statusOf(one.ProcessingJobStatus));
        }
        return page.NextToken;
      });
    });
    return all;
  }
}
