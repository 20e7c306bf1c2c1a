import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { type ErrorData, isAbort, UserError } from '../../core/errors';
import { takeApart } from '../../core/job-lines';
import { isLocked, withLock } from '../../core/manifests';
import type { Chunk, Jobs } from '../../core/provider';
import type { JobSpec, JobState, Place, RunStatus } from '../../core/run';
import type { Store } from '../../core/store';
import { failedJob } from '../cloud/failed';
import { sendChannels } from '../cloud/files';
import { channelsOf } from '../cloud/inputs';
import { leftFiles, removeAll, runFiles } from '../cloud/left';
import { minuteOf, OURS } from '../cloud/names';
import { bringOnce } from '../cloud/outputs';
import { readPlace } from '../cloud/place';
import { type Described, failureOf, toPoint, toState } from '../cloud/state';
import { checkPlaced } from '../cloud/placed';
import { withoutJob } from '../cloud/unheard';
import type { Clients } from './clients';
import { type Config, DEFAULT_MAX_MINUTES, parentOf, readConfig } from './config';
import { isConnectionLost } from './errors';
import { jobEstimate } from './estimates';
import { jobImage } from './images';
import { describeJob, isoTime, limitFailure, statusOf } from './job-state';
import { lastLines, type LogPlace, readLog } from './logs';
import { readNotes, readsFrom } from './placed';
import { priceOf } from './prices';
import { acceleratorOf, customJob, jobName, placeOf, resourcesFor } from './requests';
import { codeOf, sendJob } from './send';

const VERTEX = { id: 'vertex', name: 'Vertex AI' } as const;
/** Lines at the end of a log that are looked through for the stage, and for why a job failed. */
const TAIL_LINES = 50;
/** Looks back so much before the oldest run when many are listed: clocks differ. */
const LIST_SLACK_MS = 60 * 60_000;

interface JobsContext {
  readonly paths: ProjectPaths;
  readonly host: Host;
  clients(): Promise<Clients>;
}

/** A job, and its full name at Vertex AI. */
interface Found {
  readonly described: Described;
  readonly name: string;
}

/** Jobs as Vertex AI's custom jobs, on Google's prebuilt training images. */
export function createJobs(context: JobsContext): Jobs {
  const { paths, host } = context;
  const jobFolder = (runId: string): string => path.join(paths.ml, 'runs', runId, 'job');
  /** Vertex AI's names by the run. */
  const known = new Map<string, string>();

  async function placeOfRun(runId: string): Promise<Place & { account: string }> {
    const kept = await readPlace(paths, runId);
    const config = await readConfig(paths);
    const place = kept ?? placeOf(config, runId, '');
    return { ...place, account: place.account ?? config.account };
  }

  /** What Vertex AI says of the run's job now; undefined when there is none. */
  async function find(runId: string, place: Place & { account: string }): Promise<Found | undefined> {
    const clients = await context.clients();
    const jobs = await clients.jobs(place.region);
    const name = known.get(runId);
    return clients
      .calling('look at the job', async () => {
        if (name !== undefined) {
          const [job] = await jobs.getCustomJob({ name });
          return { described: describeJob(job), name };
        }
        const parent = parentOf(place.account, place.region);
        const [all] = await jobs.listCustomJobs({ parent, filter: `display_name="${jobName(runId)}"` });
        // The first that was made is the run's, should there be two.
        const job = all.sort((a, b) =>
          (isoTime(a.createTime) ?? '').localeCompare(isoTime(b.createTime) ?? ''),
        )[0];
        if (!job?.name) return undefined;
        known.set(runId, job.name);
        return { described: describeJob(job), name: job.name };
      })
      .catch((error: unknown) => {
        if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
        known.delete(runId);
        return undefined;
      });
  }

  async function submit(spec: JobSpec, runId: string, signal?: AbortSignal): Promise<void> {
    const config = await readConfig(paths);
    const { machine } = resourcesFor(config, spec.resources);
    const gpu = acceleratorOf(machine, config.settings) !== undefined;
    const code = await codeOf(spec, paths);
    const image = await jobImage(config, spec, { code, gpu });
    const place = await placeOfRun(runId);
    const channels = await channelsOf(spec.inputs, signal);
    await withLock(jobFolder(runId), `submit run ${runId}`, async () => {
      if (await find(runId, place)) return;
      const clients = await context.clients();
      const store = await clients.store(config.bucket);
      await checkPlaced(channels, clients.store, signal);
      await sendChannels(store, config, channels, signal);
      await sendJob(store, { host, config, image, spec, channels, code }, runId, signal);
      signal?.throwIfAborted();
      await create(config, customJob(config, image, spec, runId), runId, place);
    });
  }

  /** Hands the job over; after a cut connection it is looked up whether it arrived before it is sent again. */
  async function create(
    config: Config,
    job: ReturnType<typeof customJob>,
    runId: string,
    place: Place & { account: string },
  ): Promise<void> {
    const clients = await context.clients();
    const jobs = await clients.jobs(config.region);
    const parent = parentOf(config.account, config.region);
    for (let tries = 1; ; tries++) {
      try {
        const [made] = await jobs.createCustomJob({ parent, customJob: job });
        if (made.name) known.set(runId, made.name);
        return;
      } catch (error) {
        const refuse = () => clients.calling('start the job', () => Promise.reject(error as Error));
        if (isAbort(error) || !isConnectionLost(error)) return refuse();
        const found = await find(runId, place).catch(() => {
          throw new UserError(
            'unavailable',
            'The connection broke while the job was started, so it is not known whether it runs.',
            {
              fix: `The run ${runId} stays in the list: it shows the job as soon as Google answers again.`,
              cause: error,
            },
          );
        });
        if (found) return;
        if (tries === 2) return refuse();
      }
    }
  }

  async function get(runId: string, signal?: AbortSignal): Promise<JobState> {
    const place = await placeOfRun(runId);
    const found = await find(runId, place);
    if (!found) return unheard(runId, place);
    const { described } = found;
    const log = logOf(place, found.name);
    if (described.status === 'failed') {
      return toState(described, await whyFailed(runId, described, log, signal));
    }
    if (!described.working) return toState(described, undefined);
    const lines = await lastLines(await context.clients(), log, TAIL_LINES, signal);
    const said = lines
      .map((line) => takeApart(line).message)
      .findLast((one) => one !== undefined && 'stage' in one);
    const stage = said && 'stage' in said ? said : undefined;
    return {
      ...toState({ ...described, ...(stage === undefined ? {} : { stage: stage.stage }) }, undefined),
      ...(stage?.progress === undefined ? {} : { progress: stage.progress }),
    };
  }

  /** There is no such job: it is on its way, it was never started, it was deleted, or another project is looked at. */
  async function unheard(runId: string, place: Place & { account: string }): Promise<JobState> {
    if (await isLocked(jobFolder(runId))) return { status: 'queued', stage: 'sending the files' };
    const nothing = `There is no job ${place.name} in ${place.region} of the project ${place.account}`;
    if (!(await readPlace(paths, runId))) {
      throw new UserError('notFound', `${nothing}.`, {
        fix: 'It was submitted with another region or project, or it was deleted.',
      });
    }
    return withoutJob(runId, { cloud: 'Vertex AI', nothing, now: host.now() });
  }

  const logOf = ({ account }: { account: string }, name: string): LogPlace => ({
    account,
    job: name.split('/').at(-1) ?? '',
  });

  async function filesOf(runId: string): Promise<{ store: Store; prefix: string } | undefined> {
    const place = await readPlace(paths, runId);
    const files = place && runFiles(place, runId);
    return files && { store: await (await context.clients()).store(files.bucket), prefix: files.prefix };
  }

  /** What the job left in the bucket as its failure, else what its log says, else Vertex AI's reason with the log's last lines. */
  async function whyFailed(
    runId: string,
    described: Described,
    log: LogPlace,
    signal?: AbortSignal,
  ): Promise<ErrorData> {
    const config = await readConfig(paths);
    if (described.limit !== undefined) {
      return limitFailure(config.settings.maxMinutes ?? DEFAULT_MAX_MINUTES);
    }
    const lines = await lastLines(await context.clients(), log, TAIL_LINES, signal);
    const messages = lines.map((line) => takeApart(line).message);
    const at = messages.findLastIndex((one) => one !== undefined && 'failure' in one);
    const said = messages[at];
    const own =
      (await leftFailure(runId, signal)) ?? (said && 'failure' in said ? failureOf(said.failure) : undefined);
    // What comes after our own last word is the container's.
    const before = at < 0 ? lines : lines.slice(0, at);
    const text = before.flatMap((line) => takeApart(line).text ?? []);
    return failedJob(VERTEX, { own, reason: described.reason ?? '', lines: text });
  }

  async function leftFailure(runId: string, signal?: AbortSignal): Promise<ErrorData | undefined> {
    const folder = await outputOf(runId);
    try {
      const chunks: Buffer[] = [];
      const { store, prefix } = folder;
      for await (const chunk of await store.read(`${prefix}failure.json`, undefined, signal)) {
        chunks.push(chunk as Buffer);
      }
      return failureOf(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    } catch (error) {
      if (isAbort(error)) throw error;
      return undefined;
    }
  }

  async function outputOf(runId: string): Promise<{ store: Store; prefix: string }> {
    const { output = '' } = await placeOfRun(runId);
    const [, bucket = '', run = ''] = /^gs:\/\/([^/]+)\/(.*)$/.exec(output) ?? [];
    return { store: await (await context.clients()).store(bucket), prefix: `${run}output/` };
  }

  /** The log since the cursor; without a job there is none yet. */
  async function linesOf(runId: string, cursor?: string, signal?: AbortSignal): Promise<Chunk<string>> {
    const place = await placeOfRun(runId);
    const name = known.get(runId) ?? (await find(runId, place))?.name;
    if (name === undefined) return { items: [], cursor: cursor ?? '0' };
    return readLog(await context.clients(), logOf(place, name), cursor, signal);
  }

  return {
    submit,
    get,
    readsFrom: (uri) => Promise.resolve(readsFrom(uri)),
    place: async (spec, runId) => {
      const config = await readConfig(paths);
      return placeOf(config, runId, resourcesFor(config, spec.resources).machine);
    },
    async estimate(spec, runId, signal) {
      const config = await readConfig(paths);
      const { machine } = resourcesFor(config, spec.resources);
      const code = await codeOf(spec, paths);
      const gpu = acceleratorOf(machine, config.settings) !== undefined;
      const image = await jobImage(config, spec, { code, gpu });
      const channels = await channelsOf(spec.inputs, signal);
      const clients = await context.clients();
      const store = await clients.store(config.bucket);
      const use = spec.kind === 'train' ? 'train' : 'prepare';
      const price = await priceOf({ host, clients, config }, machine, use, signal);
      const read = await readNotes(config, clients, channels, signal);
      return jobEstimate({ config, store, spec, channels, code, image, price, read }, runId, signal);
    },
    async statuses(runIds) {
      const found = new Map<string, RunStatus>();
      const places = await Promise.all(runIds.map(placeOfRun));
      const since = new Date(Math.min(...runIds.map(minuteOf)) - LIST_SLACK_MS).toISOString();
      const byName = new Map(runIds.map((id) => [jobName(id), id]));
      const clients = await context.clients();
      for (const parent of new Set(places.map((one) => parentOf(one.account, one.region)))) {
        const jobs = await clients.jobs(parent.split('/').at(-1) ?? '');
        const filter = `create_time>"${since}"`;
        const [all] = await clients.calling('list the jobs', () => jobs.listCustomJobs({ parent, filter }));
        for (const job of all) {
          const name = job.displayName ?? '';
          const id = name.startsWith(OURS) ? byName.get(name) : undefined;
          if (id !== undefined) found.set(id, statusOf(job.state));
        }
      }
      return found;
    },
    async collect(runId, signal) {
      const { store, prefix } = await outputOf(runId);
      return bringOnce(store, prefix, path.join(jobFolder(runId), 'out'), signal);
    },
    async left(runId, signal) {
      const found = await filesOf(runId);
      return found && leftFiles(found.store, found.prefix, signal);
    },
    async removeLeft(runId, signal) {
      const found = await filesOf(runId);
      if (found) await removeAll(found.store, found.prefix, signal);
    },
    async cancel(runId) {
      const place = await placeOfRun(runId);
      const found = await find(runId, place);
      if (found?.described.status !== 'running' && found?.described.status !== 'starting') return;
      const clients = await context.clients();
      const jobs = await clients.jobs(place.region);
      await clients.calling('stop the job', () => jobs.cancelCustomJob({ name: found.name }));
    },
    async logs(runId, cursor, signal) {
      const chunk = await linesOf(runId, cursor, signal);
      return { ...chunk, items: chunk.items.flatMap((line) => takeApart(line).text ?? []) };
    },
    async metrics(runId, cursor, signal) {
      const chunk = await linesOf(runId, cursor, signal);
      return { ...chunk, items: chunk.items.flatMap(toPoint) };
    },
  };
}
