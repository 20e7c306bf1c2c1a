import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Jobs } from '../../src/core/provider';
import type { JobSpec, JobState, TrainParams } from '../../src/core/run';

/** What a provider lends to the suite; its jobs run the stand-in runtime of this folder. */
export interface JobsRig {
  readonly jobs: Jobs;
  /** A folder for the test's own files. */
  readonly folder: string;
  /** The container around the job writes lines of its own into the log. */
  readonly chatty?: true;
  dispose(): Promise<void>;
}

const ENDED = new Set(['completed', 'failed', 'cancelled']);

/** The job's state once it ended, or once `until` holds. */
export async function settled(
  jobs: Jobs,
  runId: string,
  until: (state: JobState) => boolean = () => false,
): Promise<JobState> {
  for (;;) {
    const state = await jobs.get(runId);
    if (ENDED.has(state.status) || until(state)) return state;
    await sleep(50);
  }
}

/** The folder with the job's outputs on this machine. */
export async function outputsOf(jobs: Jobs, runId: string, state: JobState): Promise<string> {
  return state.outputs ?? (await jobs.collect?.(runId)) ?? '';
}

export function spec(runId: string, data: string, params: TrainParams): JobSpec {
  return {
    kind: 'train',
    inputs: { data: { path: data, read: 'SELECT * FROM read_csv({path})' } },
    file: {
      job: 1,
      id: runId,
      kind: 'train',
      params,
      provenance: { run: runId, dirty: false, created: '2026-11-23T13:12:00.000Z' },
    },
  };
}

export async function allLogs(jobs: Jobs, runId: string): Promise<string[]> {
  const lines: string[] = [];
  for (let cursor: string | undefined; ;) {
    const chunk = await jobs.logs(runId, cursor);
    lines.push(...chunk.items);
    if (chunk.cursor === (cursor ?? '0')) return lines;
    cursor = chunk.cursor;
  }
}

/** What each provider's jobs have to do; run it with a rig of that provider. */
export function jobsContract(name: string, make: () => Promise<JobsRig>): void {
  describe(`jobs of ${name}`, () => {
    let rig: JobsRig;
    let data: string;
    let count = 0;
    // A provider that keeps its jobs beyond a test has those of the last one too.
    const runId = (): string => `20261123-1312-train-contract-${Date.now().toString(36)}-${++count}`;
    const start = async (params: TrainParams): Promise<string> => {
      const id = runId();
      await rig.jobs.submit(spec(id, data, params), id);
      return id;
    };

    beforeAll(async () => {
      rig = await make();
      data = path.join(rig.folder, 'Daten 1.csv');
      await fs.writeFile(data, 'a,b\n1,2\n');
    });
    afterAll(() => rig.dispose());

    test('a job that ends well leaves its outputs, log and metrics', async () => {
      const id = await start({ do: 'succeed' });
      const state = await settled(rig.jobs, id);
      expect(state).toMatchObject({ status: 'completed' });
      expect(state.error).toBeUndefined();
      expect(Date.parse(state.ended ?? '')).toBeGreaterThanOrEqual(Date.parse(state.started ?? ''));
      const metrics = JSON.parse(
        await fs.readFile(path.join(await outputsOf(rig.jobs, id, state), 'metrics.json'), 'utf8'),
      ) as unknown;
      expect(metrics).toMatchObject({ metrics: { loss: 0.25 } });
      // The two outputs of a job may interleave in any order; each keeps its own.
      const lines = await allLogs(rig.jobs, id);
      const written = [
        'first line',
        '@mll this is no JSON',
        'not a message: @mll {}',
        'read 8 characters',
        'last line without its end',
      ];
      expect(lines.filter((line) => line === 'Grüße')).toHaveLength(1);
      expect(lines.filter((line) => written.includes(line))).toEqual(written);
      if (!rig.chatty) expect(lines).toHaveLength(6);
      const points = await rig.jobs.metrics(id);
      expect(points.items).toEqual([
        { name: 'loss', value: 0.5, step: 0, time: 1760000000000 },
        { name: 'loss', value: Number.NaN, step: 1, time: 1760000000500 },
      ]);
      expect((await rig.jobs.metrics(id, points.cursor)).items).toEqual([]);
    });

    test('the same run submitted again is the same job', async () => {
      const id = await start({ do: 'succeed' });
      await rig.jobs.submit(spec(id, data, { do: 'fail' }), id);
      expect((await settled(rig.jobs, id)).status).toBe('completed');
    });

    test('a failure says what the job said', async () => {
      const state = await settled(rig.jobs, await start({ do: 'fail' }));
      expect(state.status).toBe('failed');
      expect(state.error).toMatchObject({
        kind: 'invalid',
        message: 'The target has one class.',
        fix: 'Choose another target.',
      });
    });

    test('a crash without a word is worded, with the last lines', async () => {
      const state = await settled(rig.jobs, await start({ do: 'crash' }));
      expect(state.status).toBe('failed');
      expect(state.error?.message).toMatch(/exit code 3/);
      expect(state.error?.message).toMatch(/about to crash/);
    });

    test('a job killed by the system points at the memory', async () => {
      const state = await settled(rig.jobs, await start({ do: 'killed' }));
      expect(state.status).toBe('failed');
      expect(state.error?.message).toMatch(/memory/);
    });

    test('stage and cancel', async () => {
      const id = await start({ do: 'wait', until: path.join(rig.folder, 'never') });
      const running = await settled(rig.jobs, id, (state) => state.stage === 'waiting for the test');
      expect(running.status).toBe('running');
      await rig.jobs.cancel(id);
      const state = await settled(rig.jobs, id);
      expect(state.status).toBe('cancelled');
      expect(state.stage).toBeUndefined();
      await rig.jobs.cancel(id);
      expect((await rig.jobs.get(id)).status).toBe('cancelled');
    });

    test('a job that nobody submitted is not found', async () => {
      await expect(rig.jobs.get('20261123-1312-train-nobody-0000')).rejects.toMatchObject({
        kind: 'notFound',
      });
    });

    test('an input that is not there is refused at once', async () => {
      const id = runId();
      const lost = path.join(rig.folder, 'lost.csv');
      await expect(rig.jobs.submit(spec(id, lost, { do: 'succeed' }), id)).rejects.toMatchObject({
        kind: 'notFound',
      });
    });
  });
}
