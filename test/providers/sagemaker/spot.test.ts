import * as fs from 'node:fs/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { estimateLines } from '../../../src/core/estimate';
import type { Run } from '../../../src/core/run';
import { awsRig, lifecycleRig, type LifecycleRig } from './rig';

/** Six rounds, each kept as a checkpoint; it waits after the fourth for its machine to be taken away, unless it goes on from there. */
const SCRIPT = `import json, os, pathlib, time
import ml_lifecycle as ml
from sklearn.linear_model import SGDClassifier

kept = pathlib.Path(os.environ["MLL_CHECKPOINTS"]) / "rounds" / "state.json"
first = json.loads(kept.read_text())["round"] + 1 if kept.exists() else 0
print(f"begins with round {first}", flush=True)
train, test = ml.data("train"), ml.data("test")
model = SGDClassifier(random_state=7)
for number in range(6):
    model.partial_fit(train.X, train.y, classes=sorted(set(train.y)))
    if number < first:
        continue
    ml.log(step=number, loss=1 / (number + 1))
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps({"round": number}))
    part.rename(kept)
    if number == 3:
        print("waits to be interrupted", flush=True)
        time.sleep(600)
ml.save(model)
`;

describe('a script on Spot machines that are taken away', { timeout: 300_000 }, () => {
  let rig: LifecycleRig;
  let run: Run;

  beforeAll(async () => {
    rig = await lifecycleRig();
    await fs.mkdir(rig.file('own'));
    await fs.writeFile(rig.file('own/train.py'), SCRIPT);
    await fs.writeFile(rig.file('flowers.csv'), flowers());
    const aws = await awsRig();
    await aws.fault({ kind: 'spotInterruption', line: 'waits to be interrupted' });
    run = await rig.ended(
      await rig.lifecycle.runs.train({
        data: rig.file('flowers.csv'),
        recipe: null,
        target: 'kind',
        script: rig.file('own/train.py'),
        model: 'rounds',
        spot: true,
      }),
    );
  });
  afterAll(() => rig.dispose());

  /** Two kinds that a line tells apart. */
  function flowers(): string {
    const rows = Array.from(
      { length: 200 },
      (_, at) => `${at % 20},${at % 7},${at % 20 < 10 ? 'lily' : 'rose'}`,
    );
    return `length,width,kind\n${rows.join('\n')}\n`;
  }

  test('the same job goes on from the checkpoint: each round is done once', async () => {
    const { items } = await rig.lifecycle.runs.metrics(run.id);
    expect(items.filter((one) => one.name === 'loss').map((one) => [one.step, one.value])).toEqual(
      [0, 1, 2, 3, 4, 5].map((step) => [step, 1 / (step + 1)]),
    );
    const lines = (await rig.lifecycle.runs.logs(run.id)).items;
    expect(lines.filter((line) => line.startsWith('begins with'))).toEqual([
      'begins with round 0',
      'begins with round 4',
    ]);
    const job = await new SageMakerClient({}).send(
      new DescribeTrainingJobCommand({ TrainingJobName: run.place?.name }),
    );
    const states = job.SecondaryStatusTransitions?.map((one) => one.Status) ?? [];
    expect(states.filter((one) => one === 'Interrupted' || one === 'Restarting')).toEqual([
      'Interrupted',
      'Restarting',
    ]);
  });

  test('it makes its model; the saving is told as AWS bills it', async () => {
    expect(run.model).toEqual({ name: 'rounds', version: 1 });
    const job = await new SageMakerClient({}).send(
      new DescribeTrainingJobCommand({ TrainingJobName: run.place?.name }),
    );
    const { BillableTimeInSeconds: billed = 0, TrainingTimeInSeconds: trained = 0 } = job;
    expect(billed).toBeGreaterThan(0);
    expect(run.spotSaving).toBe(1 - billed / trained);
    expect((await rig.lifecycle.runs.get(run.id)).spotSaving).toBe(run.spotSaving);
  });

  test('what it costs was said with Spot in it, and its checkpoints go with the run', async () => {
    const lines = rig.shown.flatMap(estimateLines);
    expect(lines).toContain('Machine: ml.m5.large (Spot) for at most 2 hours');
    expect(lines.find((line) => line.startsWith('Price: '))).toMatch(
      /^Price: USD 0\.10 per machine and hour on demand; Spot costs less \(AWS Price List, /,
    );
    const keys = async (): Promise<(string | undefined)[]> => {
      const { Contents = [] } = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: rig.bucket }));
      return Contents.map((one) => one.Key).filter((key) => key?.includes(`/runs/${run.id}/`));
    };
    expect((await keys()).map((key) => key?.split(`/runs/${run.id}/`)[1])).toContain(
      'checkpoints/rounds/state.json',
    );
    await rig.lifecycle.runs.remove(run.id);
    expect(await keys()).toEqual([]);
  });
});
