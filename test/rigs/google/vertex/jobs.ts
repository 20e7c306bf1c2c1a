import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { grpc } from 'google-gax';
import { type Calls, checkLabels, implement, listed, newId, now, Refusal } from './calls';
import { Container } from './container';
import type { Logging } from './logs';
import type { Message } from './protos';

/** What goes wrong in a job. */
export type JobFault = 'stockout' | 'preempted' | 'imagePull' | 'outOfMemory';

/** How the stand-in behaves. */
export interface JobSettings {
  /** How long a job waits for its machine, in ms. */
  wait: number;
  /** How long a minute of a job's time limit lasts, in ms. */
  minute: number;
  /** Asked of each job when it is to start; a fault that needs a running job comes when its log has a line with `line`. */
  fault: ((job: Message) => { readonly kind: JobFault; readonly line?: string } | undefined) | undefined;
}

/** Images that the service has (as of its page of prebuilt containers). */
const IMAGE =
  /^(us|europe|asia)-docker\.pkg\.dev\/vertex-ai\/training\/(sklearn-cpu\.1-6|xgboost-[cg]pu\.2-1|pytorch-[cg]pu\.2-4\.py310|tf-[cg]pu\.2-17\.py310):latest$/;
const MACHINE = /^(n1|n2|e2|c2|c2d|c3|n2d|a2|g2)-(standard|highmem|highcpu|highgpu)-\d+g?$/;
const ENDED = /SUCCEEDED|FAILED|CANCELLED|EXPIRED/;

interface EnvVar {
  readonly name: string;
  readonly value: string;
}
interface Pool {
  readonly machineSpec: { readonly machineType: string } | null;
  readonly replicaCount: string;
  readonly pythonPackageSpec: {
    readonly executorImageUri: string;
    readonly packageUris: readonly string[];
    readonly pythonModule: string;
    readonly args: readonly string[];
    readonly env: readonly EnvVar[];
  } | null;
  readonly containerSpec: {
    readonly imageUri: string;
    readonly command: readonly string[];
    readonly args: readonly string[];
    readonly env: readonly EnvVar[];
  } | null;
}
interface Spec {
  readonly workerPoolSpecs: readonly Pool[];
  readonly scheduling: { readonly timeout: { readonly seconds: string } | null } | null;
  readonly baseOutputDirectory: { readonly outputUriPrefix: string } | null;
}
interface Job extends Record<string, unknown> {
  readonly name: string;
  readonly displayName: string;
  readonly jobSpec: Spec;
  state: string;
}

/** JobService: each CustomJob is run on this machine, in a container's place. */
export class Jobs {
  private readonly all = new Map<string, Job>();
  private readonly containers = new Map<string, Container>();
  private readonly running = new Set<Promise<void>>();
  readonly settings: JobSettings = { wait: 50, minute: 60_000, fault: undefined };

  constructor(
    private readonly folder: string,
    private readonly storage: string,
    private readonly logging: Logging,
  ) {}

  service(calls: Calls): grpc.UntypedServiceImplementation {
    return implement(calls, {
      CreateCustomJob: ['CreateCustomJobRequest', (request) => this.create(request)],
      GetCustomJob: ['GetCustomJobRequest', (request) => ({ ...this.find(request.name) })],
      ListCustomJobs: [
        'ListCustomJobsRequest',
        (request) => {
          const mine = [...this.all.values()].filter((one) =>
            one.name.startsWith(`${String(request.parent)}/`),
          );
          const { page, nextPageToken } = listed(mine.reverse(), request);
          return { customJobs: page.map((one) => ({ ...one })), nextPageToken };
        },
      ],
      CancelCustomJob: [
        'CancelCustomJobRequest',
        (request) => {
          const job = this.find(request.name);
          if (ENDED.test(job.state))
            throw new Refusal(
              'FAILED_PRECONDITION',
              `The job is in state ${job.state}: it cannot be cancelled.`,
            );
          job.state = 'JOB_STATE_CANCELLING';
          void this.containers.get(job.name)?.end('cancelled');
          return {};
        },
      ],
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.containers.values()].map((one) => one.end('the end of the stand-in', 0)));
    await Promise.allSettled(this.running);
  }

  /** Of all jobs, from the oldest to the newest. */
  get states(): string[] {
    return [...this.all.values()].map((one) => one.state);
  }

  private find(name: unknown): Job {
    const found = this.all.get(String(name));
    if (!found) throw new Refusal('NOT_FOUND', `The CustomJob "${String(name)}" does not exist.`);
    return found;
  }

  private create(request: Message): Message {
    const asked = request.customJob as Job;
    check(asked);
    const job: Job = {
      ...asked,
      name: `${String(request.parent)}/customJobs/${newId()}`,
      state: 'JOB_STATE_PENDING',
      createTime: now(),
      updateTime: now(),
    };
    this.all.set(job.name, job);
    const done = this.run(job).catch((error: unknown) =>
      this.end(job, 'FAILED', { code: 13, message: String(error) }),
    );
    this.running.add(done);
    void done.finally(() => this.running.delete(done));
    return { ...job };
  }

  private end(job: Job, state: string, error?: { code: number; message: string }): void {
    Object.assign(job, {
      state: `JOB_STATE_${state}`,
      endTime: now(),
      updateTime: now(),
      ...(error ? { error } : {}),
    });
  }

  private async run(job: Job): Promise<void> {
    const id = job.name.split('/').at(-1) ?? '';
    const project = job.name.split('/')[1] ?? '';
    const say = (task: string) => (line: string, isError: boolean) =>
      this.logging.write(
        {
          project,
          log: task,
          resource: { type: 'ml_job', labels: { job_id: id, project_id: project, task_name: task } },
        },
        isError ? 'ERROR' : 'INFO',
        line,
      );
    const service = say('service');
    service('Job is preparing.', false);
    const container = new Container(path.join(this.folder, id), this.storage);
    this.containers.set(job.name, container);
    await sleep(this.settings.wait);
    if (job.state === 'JOB_STATE_CANCELLING') {
      this.end(job, 'CANCELLED', CANCELED);
      return;
    }
    const fault = this.settings.fault?.(job);
    if (fault?.kind === 'stockout') {
      this.end(job, 'FAILED', { code: 8, message: STOCKOUT });
      return;
    }
    const [pool] = job.jobSpec.workerPoolSpecs;
    if (!pool) throw new Error('A job without a worker pool was let in.');
    const image = pool.pythonPackageSpec?.executorImageUri ?? pool.containerSpec?.imageUri ?? '';
    if (fault?.kind === 'imagePull' || !IMAGE.test(image)) {
      const message = `The image ${image} does not exist or cannot be pulled.`;
      this.end(job, 'FAILED', { code: 5, message });
      return;
    }
    await fs.mkdir(container.folder, { recursive: true });
    await container.mount();
    Object.assign(job, { state: 'JOB_STATE_RUNNING', startTime: now(), updateTime: now() });
    service('Job is running.', false);
    const worker = say('workerpool0-0');
    const seconds = Number(job.jobSpec.scheduling?.timeout?.seconds ?? '0');
    const limit =
      seconds > 0
        ? setTimeout(() => void container.end('timeout'), (seconds / 60) * this.settings.minute)
        : undefined;
    const code = await this.work(job, pool, container, (line, isError) => {
      worker(line, isError);
      if (fault && (fault.line === undefined || line.includes(fault.line))) void container.end(fault.kind, 0);
    });
    clearTimeout(limit);
    await container.flush();
    await fs.rm(container.folder, { recursive: true, force: true, maxRetries: 3 });
    if (container.ended === 'cancelled') {
      this.end(job, 'CANCELLED', CANCELED);
      return;
    }
    if (container.ended === 'timeout') {
      this.end(job, 'FAILED', { code: 4, message: TIMEOUT });
      return;
    }
    if (container.ended === 'preempted') {
      this.end(job, 'FAILED', { code: 10, message: PREEMPTED });
      return;
    }
    if (code === 0) {
      service('Job completed successfully.', false);
      this.end(job, 'SUCCEEDED');
      return;
    }
    const message = container.ended === 'outOfMemory' ? MEMORY : exitText(code);
    service(message, true);
    this.end(job, 'FAILED', { code: 3, message });
  }

  /** What a prebuilt container does: installs the packages, then runs the module; or the command of a container. */
  private async work(
    job: Job,
    pool: Pool,
    container: Container,
    say: (line: string, isError: boolean) => void,
  ): Promise<number> {
    const { pythonPackageSpec: python, containerSpec: own } = pool;
    const output = job.jobSpec.baseOutputDirectory?.outputUriPrefix.replace(/\/$/, '');
    const env = {
      CLOUD_ML_JOB_ID: job.name.split('/').at(-1) ?? '',
      CLOUD_ML_PROJECT_ID: job.name.split('/')[1] ?? '',
      GOOGLE_CLOUD_PROJECT: job.name.split('/')[1] ?? '',
      CLUSTER_SPEC: JSON.stringify({
        cluster: { workerpool0: ['127.0.0.1:2222'] },
        task: { type: 'workerpool0', index: 0 },
      }),
      ...(output === undefined
        ? {}
        : {
            AIP_MODEL_DIR: `${output}/model/`,
            AIP_CHECKPOINT_DIR: `${output}/checkpoints/`,
            AIP_TENSORBOARD_LOG_DIR: `${output}/logs/`,
          }),
      ...Object.fromEntries((python ?? own)?.env.map(({ name, value }) => [name, value]) ?? []),
    };
    if (!python) {
      const [program = '', ...args] = [...(own?.command ?? []), ...(own?.args ?? [])];
      return container.run({ program, args, env }, say);
    }
    for (const uri of python.packageUris) {
      const file = path.join(container.folder, path.basename(uri));
      try {
        await container.fetch(uri, file);
      } catch (error) {
        say((error as Error).message, true);
        return 1;
      }
      say(`Running command: pip3 install --user --upgrade ${path.basename(uri)}`, false);
      const code = await container.run(
        { program: 'python3', args: ['-m', 'pip', 'install', '-q', file], env },
        say,
      );
      if (code !== 0) return code;
    }
    say(`Running command: python3 -m ${python.pythonModule}`, false);
    return container.run({ program: 'python3', args: ['-m', python.pythonModule, ...python.args], env }, say);
  }
}

const CANCELED = { code: 1, message: 'CANCELED' };
const STOCKOUT =
  'Resources are insufficient in region: us-central1. Please try a different region or use a different accelerator.';
const PREEMPTED = 'The replica workerpool0-0 was preempted: the spot VM was taken back.';
const TIMEOUT = 'The job exceeded its timeout.';
const MEMORY = 'The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 137.';
const exitText = (code: number): string =>
  `The replica workerpool0-0 exited with a non-zero status of ${code}. To find out more about why your job exited please check the logs.`;

/** What the service refuses at once, beyond the fields that are REQUIRED. */
function check(job: Job): void {
  if (job.displayName.length > 128)
    throw new Refusal('INVALID_ARGUMENT', 'display_name has more than 128 characters.');
  checkLabels(job.labels);
  const pools = job.jobSpec.workerPoolSpecs;
  if (pools.length !== 1) throw new Refusal('UNIMPLEMENTED', 'The stand-in runs one worker pool.');
  for (const pool of pools) {
    const { machineSpec, replicaCount, pythonPackageSpec: python, containerSpec: own } = pool;
    if (!python === !own)
      throw new Refusal(
        'INVALID_ARGUMENT',
        'worker_pool_specs: one of container_spec and python_package_spec is needed.',
      );
    if (replicaCount !== '1')
      throw new Refusal('INVALID_ARGUMENT', 'worker_pool_specs[0].replica_count must be 1.');
    const machine = machineSpec?.machineType ?? '';
    if (!MACHINE.test(machine))
      throw new Refusal('INVALID_ARGUMENT', `Machine type "${machine}" is not supported.`);
    if ((python ?? own)?.env.some((one) => one.name === ''))
      throw new Refusal('INVALID_ARGUMENT', 'env: a name is empty.');
  }
  const prefix = job.jobSpec.baseOutputDirectory?.outputUriPrefix;
  if (prefix !== undefined && !/^gs:\/\/[^/]+/.test(prefix)) {
    throw new Refusal('INVALID_ARGUMENT', `base_output_directory: "${prefix}" is no place in Cloud Storage.`);
  }
}
