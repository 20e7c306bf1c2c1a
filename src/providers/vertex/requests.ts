import type { protos } from '@google-cloud/aiplatform';
import { UserError } from '../../core/errors';
import type { JobSpec, Place, Resources } from '../../core/run';
import { kindOf, OURS, plainName } from '../cloud/names';
import { type Config, consoleUrl, DEFAULT_MACHINE, DEFAULT_MAX_MINUTES, DEFAULT_VOLUME_GB } from './config';
import type { Image } from './images';

type CustomJob = protos.google.cloud.aiplatform.v1.ICustomJob;
type MachineSpec = protos.google.cloud.aiplatform.v1.IMachineSpec;

/** What a run's job is called: the same for everyone who has the run. Vertex AI numbers its jobs itself. */
export const jobName = (runId: string): string => `${OURS}${runId}`;

/** What the runtime's source distribution is called, and which module of it starts a job. */
export const DISTRIBUTION = 'ml_lifecycle_runtime-0.1.0';
const MODULE = 'ml_lifecycle.vertex.start';
/** Where Vertex AI's containers see the buckets. */
const MOUNT = '/gcs';

/** Keys in the bucket that belong to one run. */
export const runKeys = (config: Pick<Config, 'prefix'>, runId: string) => {
  const run = `${config.prefix}runs/${runId}/`;
  return {
    run,
    source: `${run}source/${DISTRIBUTION}.tar.gz`,
    job: `${run}job/job.json`,
    inputs: `${run}job/inputs.json`,
    code: `${run}job/code.tar.gz`,
    output: `${run}output/`,
  };
};

/** What the settings and the request together ask of the machine. */
export function resourcesFor(
  { settings }: Pick<Config, 'settings'>,
  asked: Resources | undefined,
): { machine: string; spot: boolean; maxMinutes: number; volume: number } {
  if ((asked?.instances ?? 1) > 1) {
    throw new UserError('unsupported', 'On Vertex AI a job runs on one machine.', {
      fix: 'Leave out the number of machines, and choose a larger one.',
    });
  }
  return {
    machine: asked?.machine ?? settings.machine ?? DEFAULT_MACHINE,
    spot: asked?.spot ?? settings.spot ?? false,
    maxMinutes: asked?.maxMinutes ?? settings.maxMinutes ?? DEFAULT_MAX_MINUTES,
    volume: settings.volume ?? DEFAULT_VOLUME_GB,
  };
}

/** GPUs of a machine: those of its own family, which have to be named all the same, or those of the settings. */
export function acceleratorOf(
  machine: string,
  { accelerator }: Config['settings'],
): { readonly type: string; readonly count: number } | undefined {
  const [, family, size] = /^(g2-standard|a2-highgpu|a2-ultragpu)-(\d+)g?$/.exec(machine) ?? [];
  if (family === undefined) return accelerator;
  const count = Number(size);
  if (family !== 'g2-standard') {
    return { type: family === 'a2-highgpu' ? 'NVIDIA_TESLA_A100' : 'NVIDIA_A100_80GB', count };
  }
  // So many L4 as Compute Engine gives to a G2 machine of so many cores.
  return { type: 'NVIDIA_L4', count: { 24: 2, 48: 4, 96: 8 }[count] ?? 1 };
}

export function placeOf(config: Config, runId: string, machine: string): Place {
  return {
    name: jobName(runId),
    region: config.region,
    account: config.account,
    console: consoleUrl(config.account, 'training/custom-jobs'),
    output: `gs://${config.bucket}/${runKeys(config, runId).run}`,
    machine,
  };
}

/** Labels as Google Cloud takes them: small letters, digits, `_` and `-`. */
export const labelsOf = (config: Config, runId: string): Record<string, string> => ({
  mll_project: plainName(config.project),
  mll_run: runId.toLowerCase().slice(0, 63),
  mll_kind: kindOf(runId),
  ...config.settings.labels,
});

/** pip compiles what a job imports once, if ever, and asks for its own newest version. */
const PIP = { PIP_NO_COMPILE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

export function customJob(config: Config, image: Image, spec: JobSpec, runId: string): CustomJob {
  const { settings, bucket } = config;
  const asked = resourcesFor(config, spec.resources);
  const keys = runKeys(config, runId);
  const gpus = acceleratorOf(asked.machine, settings);
  const env = { MLL_RUN: runId, PYTHONUNBUFFERED: '1', ...PIP };
  return {
    displayName: jobName(runId),
    labels: labelsOf(config, runId),
    jobSpec: {
      workerPoolSpecs: [
        {
          machineSpec: {
            machineType: asked.machine,
            ...(gpus === undefined
              ? {}
              : {
                  acceleratorType: gpus.type as NonNullable<MachineSpec['acceleratorType']>,
                  acceleratorCount: gpus.count,
                }),
          },
          replicaCount: 1,
          diskSpec: { bootDiskType: 'pd-ssd', bootDiskSizeGb: asked.volume },
          // Only what finds the job: its parameters travel as a file.
          pythonPackageSpec: {
            executorImageUri: image.uri,
            packageUris: [`gs://${bucket}/${keys.source}`],
            pythonModule: MODULE,
            args: [MOUNT, `${bucket}/${keys.run.replace(/\/$/, '')}`],
            env: Object.entries(env).map(([name, value]) => ({ name, value })),
          },
        },
      ],
      scheduling: {
        timeout: { seconds: asked.maxMinutes * 60 },
        ...(asked.spot ? { strategy: 'SPOT' as const, restartJobOnWorkerRestart: true } : {}),
      },
      baseOutputDirectory: { outputUriPrefix: `gs://${bucket}/${keys.run.replace(/\/$/, '')}` },
      ...(settings.serviceAccount === undefined ? {} : { serviceAccount: settings.serviceAccount }),
      ...(settings.network === undefined ? {} : { network: settings.network }),
    },
    ...(settings.kmsKey === undefined ? {} : { encryptionSpec: { kmsKeyName: settings.kmsKey } }),
  };
}
