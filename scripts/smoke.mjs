// `npm run smoke -- --provider sagemaker|vertex …`: a small lifecycle in a real account by `mll` alone, under a cost cap, all of it deleted again,
// which is looked up with the cloud's own SDK. Never a part of `npm test` on a real account. docs/providers/ says how to run it.
import { createInterface } from 'node:readline/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { pythonEnvironment } from './lib/python.mjs';

const suites = {
  sagemaker: async () => import('./smoke/sagemaker.mjs'),
  vertex: async () => import('./smoke/vertex.mjs'),
};

const USAGE = `usage: npm run smoke -- --provider sagemaker --region REGION [--profile NAME]
         (--store s3://BUCKET[/PREFIX] --role ARN | --create)
         [--real-time] and the options below
       npm run smoke -- --provider vertex --region REGION --project PROJECT (--store gs://BUCKET[/PREFIX] | --create)
options: [--machine TYPE] [--max-minutes 15] [--most-usd 1] [--price USD_PER_HOUR] [--yes]`;

const OPTIONS = {
  provider: { type: 'string' },
  region: { type: 'string' },
  profile: { type: 'string' },
  project: { type: 'string' },
  store: { type: 'string' },
  role: { type: 'string' },
  create: { type: 'boolean', default: false },
  machine: { type: 'string' },
  'max-minutes': { type: 'string', default: '15' },
  'most-usd': { type: 'string', default: '1' },
  price: { type: 'string' },
  'real-time': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
};

async function agreed(question) {
  if (!process.stdin.isTTY) return false;
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await readline.question(`${question} [y/N] `)).trim());
  } finally {
    readline.close();
  }
}

export default async function smoke(args) {
  let options;
  try {
    ({ values: options } = parseArgs({ args, options: OPTIONS }));
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  const numbers = [options['max-minutes'], options['most-usd'], options.price ?? '0'].map(Number);
  const suite = suites[options.provider ?? ''];
  const google = options.provider === 'vertex';
  const place = options.create || (options.store && (google || options.role));
  const whose = !google || options.project;
  if (!suite || !options.region || !place || !whose || numbers.some((one) => !(one >= 0))) {
    console.error(USAGE);
    return 2;
  }
  await buildAll();
  const python = pythonEnvironment('dev', ['python/requirements-dev.txt']);
  const { run, MACHINE } = await suite();
  return run({ options: { ...options, machine: options.machine ?? MACHINE }, python, agreed });
}
