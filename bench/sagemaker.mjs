// What our code adds to a training job: the same fit by `mll train` and by a bare script, both through AWS's own toolkit on the stand-in.
// Usage: node bench/sagemaker.mjs [rounds, 3 unless said]. From the request to the end that SageMaker states.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { laySample } from '../scripts/lib/sample.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const root = path.resolve(import.meta.dirname, '..');

const { startAwsRig } = await import('../test/rigs/aws/rig.ts');
const rig = await startAwsRig();
Object.assign(process.env, rig.env);
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-bench-'));
const folder = path.join(base, 'bench');
laySample(folder);
const env = { ...process.env, MLL_STATE: path.join(base, 'state') };
const BUCKET = 'mll-123456789012-us-east-1';

const SCRIPT = `
import os, pathlib, joblib, pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
table = pd.read_csv(next(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).glob("*.csv"))).dropna(subset=["Species"])
y = table.pop("Species")
X, X_test, y, y_test = train_test_split(table, y, test_size=0.2, random_state=7)
numbers = make_pipeline(SimpleImputer(), StandardScaler())
words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
model = make_pipeline(make_column_transformer((numbers, make_column_selector(dtype_include="number")), (words, make_column_selector(dtype_exclude="number"))), LogisticRegression(max_iter=1000))
model.fit(X, y)
print("accuracy", accuracy_score(y_test, model.predict(X_test)))
joblib.dump(model, pathlib.Path(os.environ["SM_MODEL_DIR"], "model.joblib"))
`;

function mll(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'dist/mll.js'), '--json', '--yes', ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.on('data', (data) => (out += data));
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(out))));
  });
}

const client = new SageMakerClient({});
/** Milliseconds from the request to the end, as SageMaker says it. */
async function length(name) {
  for (;;) {
    const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    if (job.TrainingJobStatus === 'Failed') throw new Error(job.FailureReason);
    if (job.TrainingJobStatus === 'Completed') return job.TrainingEndTime - job.CreationTime;
    await sleep(100);
  }
}

let count = 0;
async function bare(requirements) {
  const source = fs.mkdtempSync(path.join(base, 'source-'));
  fs.writeFileSync(path.join(source, 'train.py'), SCRIPT);
  if (requirements) fs.writeFileSync(path.join(source, 'requirements.txt'), requirements);
  const body = execFileSync('tar', ['-czf', '-', '-C', source, ...fs.readdirSync(source)]);
  const s3 = new S3Client({});
  const put = (Key, Body) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  await put('bare/source.tar.gz', body);
  await put('bare/data/penguins.csv', fs.readFileSync(path.join(folder, 'penguins.csv')));
  const name = `bare-${++count}`;
  await client.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::123456789012:role/mll-sagemaker-bench',
      AlgorithmSpecification: {
        TrainingImage: '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3',
        TrainingInputMode: 'File',
      },
      HyperParameters: {
        sagemaker_program: 'train.py',
        sagemaker_submit_directory: `s3://${BUCKET}/bare/source.tar.gz`,
        sagemaker_region: 'us-east-1',
      },
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${BUCKET}/bare/data/` } },
        },
      ],
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/bare/out` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  return length(name);
}

async function ours() {
  const { run } = await mll(
    ...[
      'train',
      '--data',
      'penguins.csv',
      '--target',
      'Species',
      '--no-recipe',
      '--algorithm',
      'linear',
      '--detach',
    ],
  );
  return length(run.place.name);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
try {
  await mll('init');
  await mll('connect', 'sagemaker', '--region', 'us-east-1', '--create', '--default');
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ ours: await ours(), same: await bare('duckdb==1.5.6\n'), bare: await bare() });
  }
  const of = (key) => (median(rounds.map((one) => one[key])) / 1000).toFixed(1);
  const ratio = (key) => median(rounds.map((one) => one.ours / one[key])).toFixed(2);
  console.log('| what | ratio | goal | measured |\n|---|---|---|---|');
  console.log(
    `| training job / a script that needs DuckDB too, by the toolkit alone | ${ratio('same')} | – | ${of('ours')} s / ${of('same')} s |`,
  );
  console.log(
    `| training job / the toolkit alone, a script without packages of its own | ${ratio('bare')} | <= 1.2 | ${of('ours')} s / ${of('bare')} s |`,
  );
} finally {
  await rig.stop();
  fs.rmSync(base, { recursive: true, force: true, maxRetries: 5 });
}
