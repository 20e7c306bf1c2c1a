import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { frontPython, imagePython } from '../../../scripts/lib/aws-rig.mjs';

/** What goes wrong in the next requests. */
export type RequestFault =
  | 'throttle'
  | 'serverError'
  | 'unavailable'
  | 'cut'
  | 'slow'
  | 'expiredToken'
  | 'invalidToken'
  | 'accessDenied'
  | 'quota'
  | 'clockSkew'
  | 'error';

/** What goes wrong in the next job or endpoint. */
export type ResourceFault =
  'spotInterruption' | 'capacity' | 'healthCheck' | 'outOfMemory' | 'imagePull' | 'dataAccess';

/** One fault; conditions that are left out match everything. */
export interface Fault {
  readonly kind: RequestFault | ResourceFault;
  /** As the SDK's packages are called: `s3`, `sagemaker`, `sagemaker-runtime`, `logs`, `cloudwatch`, `sts`, `iam`, … */
  readonly service?: string;
  /** `CreateTrainingJob`, `UploadPart`, … */
  readonly operation?: string;
  /** A part of the key, of the request's body, or of the name of the job or endpoint. */
  readonly resource?: string;
  /** How often it happens; 1 unless told, 0 until it is cleared. */
  readonly times?: number;
  /** How many matching calls pass first. */
  readonly skip?: number;
  /** `after`: the operation is carried out, and only its answer is lost. */
  readonly when?: 'before' | 'after';
  /** For a cut: so many bytes of the request (before) or of the answer (after) still pass. */
  readonly bytes?: number;
  /** How long `slow` waits, or how long a job has run when it meets its fault. */
  readonly seconds?: number;
  /** A job meets its fault when its log has a line with this text. */
  readonly line?: string;
  /** For `error`, or in place of the usual ones. */
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
}

/** How the stand-in behaves; times in seconds. */
export interface Settings {
  /** How long each state lasts in which AWS waits for machines; 0.05 unless told. */
  readonly pace?: number;
  /** How long a container may take to answer its first ping; 60 unless told. */
  readonly ping_limit?: number;
  /** How long a model may take to answer; 60, as on AWS. */
  readonly invocation_limit?: number;
  /** How long log lines, metrics and captured traffic wait before they are written; 0.2 unless told. */
  readonly flush?: number;
  /** How long a minute of a job's time limit lasts; 60 unless told. */
  readonly minute?: number;
  /** How long CloudWatch Logs takes a token of its pages; 86,400 unless told, as on AWS. */
  readonly token_life?: number;
  /** Between SIGTERM and SIGKILL of a job that is stopped; 3 unless told (AWS: 120). */
  readonly stop_grace?: number;
}

export interface AwsRig {
  /** What AWS's SDKs and its CLI read: addresses, region, keys. No file of the user's own is read. */
  readonly env: Record<string, string>;
  readonly url: string;
  readonly workFolder: string;
  /** Adds a fault and resolves its number. */
  fault(spec: Fault): Promise<number>;
  /** The faults that have not happened, or not as often as they are to. */
  faults(): Promise<readonly Fault[]>;
  /** Removes the faults that have not happened. */
  clearFaults(): Promise<void>;
  /** Changes settings; they hold until the next reset. */
  settings(values: Settings): Promise<void>;
  /** Sets a limit of the account by its name, such as `ml.m5.large for training job usage`. */
  quota(name: string, value: number): Promise<void>;
  /** What the caller may not do any more, such as `iam:PassRole`: told by IAM's simulation, and PassRole is enforced. */
  deny(action: string): Promise<void>;
  /** That log stream holds so many lines more (`line 0 of a long log` …), which are made as they are read. */
  longLog(group: string, stream: string, lines: number): Promise<void>;
  /** What the person does in the browser with the login of that code (IAM Identity Center). */
  login(code: string, state: 'confirmed' | 'refused' | 'expired'): Promise<void>;
  /** Ends every job and endpoint, and empties the account: resources, buckets, roles, logs, faults, quotas, settings. */
  reset(): Promise<void>;
  /** Ends the stand-in with all its processes, and removes its work folder when it made it. */
  stop(): Promise<void>;
}

export const REGION = 'us-east-1';

/** The address that the stand-in prints when it is ready; rejects when it ends before that. */
async function addressOf(child: ChildProcess, log: string): Promise<string> {
  if (!child.stdout) throw new Error('The stand-in for AWS has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    return (JSON.parse(line) as { url: string }).url;
  }
  const said = fs.readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
  throw new Error(`The stand-in for AWS did not start.\n${said}`);
}

/** Starts the stand-in on free ports of 127.0.0.1. It also ends by itself when the process that started it does. */
export async function startAwsRig(
  options: { readonly workFolder?: string; readonly region?: string } = {},
): Promise<AwsRig> {
  const front = frontPython();
  const image = imagePython();
  const region = options.region ?? REGION;
  const own = options.workFolder === undefined;
  const workFolder = options.workFolder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'mll-aws-'));
  fs.mkdirSync(workFolder, { recursive: true });
  const log = path.join(workFolder, 'front.log');
  const logFile = fs.openSync(log, 'a');
  const env: NodeJS.ProcessEnv = { ...process.env, PYTHONPATH: import.meta.dirname };
  for (const name of Object.keys(env)) {
    // The user's own account is none of its business; and without compiled files every job would read its packages anew.
    if (name.startsWith('AWS_') || name === 'PYTHONDONTWRITEBYTECODE') Reflect.deleteProperty(env, name);
  }
  const args = ['-m', 'front', '--image', image, '--work', path.join(workFolder, 'machines')];
  if (own) args.push('--remove', workFolder);
  const child = spawn(front, args, {
    cwd: workFolder,
    env,
    stdio: ['pipe', 'pipe', logFile],
  });
  fs.closeSync(logFile);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await addressOf(child, log);

  async function command(method: string, route: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${url}/rig/${route}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said: unknown = await answer.json();
    if (!answer.ok) throw new Error(`/rig/${route}: ${JSON.stringify(said)}`);
    return said;
  }

  return {
    url,
    workFolder,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_SAGEMAKER: url,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'AKIARIG0000000000000',
      AWS_SECRET_ACCESS_KEY: 'rig',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: path.join(workFolder, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(workFolder, 'aws-credentials'),
    },
    fault: async (spec) => ((await command('POST', 'fault', spec)) as { id: number }).id,
    faults: async () => (await command('GET', 'faults')) as Fault[],
    clearFaults: async () => {
      await command('DELETE', 'faults');
    },
    settings: async (values) => {
      await command('POST', 'settings', values);
    },
    quota: async (name, value) => {
      await command('POST', 'quota', { name, value });
    },
    deny: async (action) => {
      await command('POST', 'deny', { action });
    },
    longLog: async (group, stream, lines) => {
      await command('POST', 'log', { region, group, stream, lines });
    },
    login: async (code, state) => {
      await command('POST', 'sso', { code, state });
    },
    reset: async () => {
      await command('POST', 'reset');
    },
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await exited;
      clearTimeout(late);
      if (own) fs.rmSync(workFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
