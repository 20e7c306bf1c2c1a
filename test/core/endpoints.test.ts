import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../src/core/model';
import { flowers, wholeRig, type WholeRig } from './endpoints.rig';

let rig: WholeRig;
beforeAll(async () => {
  rig = await wholeRig();
  rig.write('flowers.csv', flowers(400, 1));
  const run = await rig.lifecycle.runs.train({
    data: 'flowers.csv',
    recipe: null,
    target: 'kind',
    params: { algorithm: 'linear', seed: 1 },
    model: 'flowers',
  });
  const done = await rig.lifecycle.runs.wait(run.id);
  expect(done.error).toBeUndefined();
  expect(done.status).toBe('completed');
}, 180_000);
afterAll(async () => {
  await rig.dispose();
});

const rowsOf = (text: string): Row[] =>
  Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data.map((one) => ({
    length: Number(one.length),
    width: Number(one.width),
    place: one.place ?? null,
  }));

describe('an endpoint from deployment to removal', () => {
  test('deploy: named like its model, taken names are refused with a way out', async () => {
    const { endpoints } = rig.lifecycle;
    const endpoint = await endpoints.deploy({ model: 'flowers' });
    expect(endpoint).toMatchObject({
      name: 'flowers',
      status: 'ready',
      model: 'flowers',
      version: 1,
      provider: 'local',
    });
    expect(await rig.open().endpoints.list()).toEqual([endpoint]);
    await expect(endpoints.deploy({ model: 'flowers', name: 'Flowers' })).rejects.toMatchObject({
      kind: 'conflict',
      message: 'There is already an endpoint "flowers".',
      fix: expect.stringContaining('mll update flowers flowers@1') as string,
    });
    const manifest = readFileSync(path.join(rig.project, '.ml/endpoints/flowers.json'), 'utf8');
    expect(manifest).not.toContain(rig.project);
    expect(manifest).not.toContain((await endpoints.access('flow')).token);
  });

  test('invoke by a prefix of the name', async () => {
    const [example = {}] = (await rig.lifecycle.endpoints.signature('flowers')).examples;
    const result = await rig.lifecycle.endpoints.invoke('flo', [example]);
    expect(['rose', 'lily']).toContain(result.predictions[0]?.prediction);
    expect(Object.keys(result.predictions[0]?.probabilities ?? {}).sort()).toEqual(['lily', 'rose']);
    await expect(rig.lifecycle.endpoints.invoke('flowers', [])).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('a file of rows: written beside it, inputs kept, errors in their rows', async () => {
    const lines = flowers(1203, 2).trimEnd().split('\n');
    lines[7] = ',1.5,nord,rose';
    const file = rig.write('neue blumen.csv', `${lines.join('\n')}\n`);
    const seen: unknown[] = [];
    const done = await rig.lifecycle.endpoints.invokeFile('flowers', file, undefined, {
      onProgress: (rows) => seen.push(rows),
    });
    expect(done).toMatchObject({ rows: 1203, output: path.join(rig.project, 'neue blumen.predictions.csv') });
    expect(seen).toEqual([500, 1000, 1203]);
    const out = Papa.parse<Record<string, string>>(readFileSync(done.output, 'utf8'), {
      header: true,
      skipEmptyLines: true,
    });
    expect(out.meta.fields).toEqual([
      'length',
      'width',
      'place',
      'kind',
      'prediction',
      'probability_lily',
      'probability_rose',
      'error',
    ]);
    expect(out.data).toHaveLength(1203);
    expect(out.data[0]?.place).toBe(
      Papa.parse<Record<string, string>>(lines.slice(0, 2).join('\n'), { header: true }).data[0]?.place,
    );
    expect(out.data[6]).toMatchObject({ length: '', prediction: '' });
    expect(out.data[6]?.error).toContain('length');
    expect(done.errors).toBe(out.data.filter((one) => one.error !== '').length);
    expect(done.errors).toBe(1);
    const right = out.data.filter((one) => one.prediction === one.kind).length;
    expect(right / out.data.length).toBeGreaterThan(0.85);
  });

  test('NA among numbers is missing, and a text of its own among texts', async () => {
    const file = rig.write(
      'gaps.csv',
      'length,width,place\n3.5,NA,nord\n3.5,,nord\n n/a ,1.5,nord\n3.5,1.5,NA\n',
    );
    const done = await rig.lifecycle.endpoints.invokeFile('flowers', file, undefined);
    const { data } = Papa.parse<Record<string, string>>(readFileSync(done.output, 'utf8'), {
      header: true,
      skipEmptyLines: true,
    });
    expect(data.map((one) => one.width)).toEqual(['NA', '', '1.5', '1.5']);
    const lacking = String(data[1]?.error);
    expect(lacking).toMatch(/^width: /);
    expect(data.map((one) => one.error)).toEqual([
      lacking,
      lacking,
      lacking.replaceAll('width', 'length'),
      '',
    ]);
  });

  test('a file with columns named as ours, and records that are no rows', async () => {
    const lines = flowers(40, 3).trimEnd().split('\n');
    const wide = lines.map((line, index) =>
      index === 0 ? `${line},prediction,Error` : `${line},mine ${index},"a, b"`,
    );
    wide[20] = `${wide[20] ?? ''},one,too,many`;
    const done = await rig.lifecycle.endpoints.invokeFile(
      'flowers',
      rig.write('again.csv', `${wide.join('\n')}\n`),
      undefined,
    );
    expect(done).toMatchObject({ rows: 39, errors: 0, rejected: 1 });
    const { meta, data } = Papa.parse<Record<string, string>>(readFileSync(done.output, 'utf8'), {
      header: true,
      skipEmptyLines: true,
    });
    expect(meta.fields?.slice(4)).toEqual([
      'input_prediction',
      'input_Error',
      'prediction',
      'probability_lily',
      'probability_rose',
      'error',
    ]);
    expect(data[0]).toMatchObject({ input_prediction: 'mine 1', input_Error: 'a, b', error: '' });
    expect(new Set(data.map((one) => one.prediction))).toEqual(new Set(['rose', 'lily']));
  });

  test('rows of much text go in several requests', async () => {
    const text = 'ä'.repeat(300_000);
    const lines = flowers(300, 4)
      .trimEnd()
      .split('\n')
      .map((line, index) => `${line},${index === 0 ? 'note' : text}`);
    const seen: unknown[] = [];
    const done = await rig.lifecycle.endpoints.invokeFile(
      'flowers',
      rig.write('long.csv', `${lines.join('\n')}\n`),
      undefined,
      { onProgress: (rows) => seen.push(rows) },
    );
    expect(done).toMatchObject({ rows: 300, errors: 0 });
    expect(seen.slice(0, 2)).toEqual([27, 54]);
    expect(seen.at(-1)).toBe(300);
  });

  test('a cancelled file leaves nothing', async () => {
    const abort = new AbortController();
    const output = path.join(rig.project, 'half.csv');
    const sent = rig.lifecycle.endpoints.invokeFile(
      'flowers',
      path.join(rig.project, 'neue blumen.csv'),
      output,
      {
        signal: abort.signal,
        onProgress: () => abort.abort(),
      },
    );
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    expect([existsSync(output), existsSync(`${output}.part`)]).toEqual([false, false]);
  });

  test('load: as many requests as asked, all answered', async () => {
    const done = await rig.lifecycle.endpoints.load('flowers', 60, 4);
    expect(done).toMatchObject({ requests: 60, errors: 0 });
    expect(done.latencyMs.p50).toBeLessThanOrEqual(done.latencyMs.p99);
  });

  test('logs', async () => {
    expect((await rig.lifecycle.endpoints.logs('flowers')).cursor).toMatch(/^\d+$/);
  });
});

describe('monitor, retrain, roll back', () => {
  test('traffic like the training data does not drift; labels give the accuracy', async () => {
    const { endpoints } = rig.lifecycle;
    const before = await endpoints.monitor('flowers');
    const text = flowers(150, 11);
    const since = new Date().toISOString();
    const answered = await endpoints.invoke('flowers', rowsOf(text));
    const kinds = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data.map(
      (one) => one.kind,
    );
    const labels = answered.ids.map((id, index) => `${id},${kinds[index]}`).join('\n');
    rig.write('labels.csv', `id,kind\n${labels}\n`);
    const report = await endpoints.monitor('flowers', { since, labels: 'labels.csv' });
    expect(report).toMatchObject({ endpoint: 'flowers', requests: 1, rows: 150, errors: 0 });
    expect(report.latencyMs?.p50).toBeGreaterThan(0);
    expect(report.timeline.reduce((total, bin) => total + bin.requests, 0)).toBe(1);
    expect(report.drift).toMatchObject({ rows: 150, tooFew: false, drifted: false });
    expect(Object.keys(report.drift.columns)).toEqual(['length', 'width', 'place']);
    expect(report.predictionDrift?.test).toBe('z');
    const right = answered.predictions.filter((one, index) => one.prediction === kinds[index]).length;
    expect(report.accuracy).toMatchObject({ metric: 'accuracy', labelled: 150, worse: false });
    expect(report.accuracy?.value).toBeCloseTo(right / 150, 12);
    const all = await endpoints.monitor('flowers');
    expect(all.requests).toBe(before.requests + 1);
    expect(all.rows).toBe(before.rows + 150);
    // The row with the missing length, sent in the whole and in the cancelled file.
    expect(all.errors).toBeGreaterThanOrEqual(1);
  });

  test('other traffic drifts', async () => {
    const since = new Date().toISOString();
    await rig.lifecycle.endpoints.invoke('flowers', rowsOf(flowers(120, 12, 5)));
    const { drift } = await rig.lifecycle.endpoints.monitor('flowers', { since });
    expect(drift.columns.length).toMatchObject({ test: 'ks', drifted: true });
    expect(drift.columns.width?.drifted).toBe(false);
  });

  test('a window without traffic, and no time at all', async () => {
    const report = await rig.lifecycle.endpoints.monitor('flowers', { since: '2999-01-01' });
    expect(report).toMatchObject({ requests: 0, rows: 0, latencyMs: null, timeline: [] });
    expect(report.drift.tooFew).toBe(true);
    await expect(rig.lifecycle.endpoints.monitor('flowers', { since: 'yesterday' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  test('labels that belong to nothing', async () => {
    rig.write('strange.csv', 'id,kind\nnobody,rose\n');
    await expect(rig.lifecycle.endpoints.monitor('flowers', { labels: 'strange.csv' })).rejects.toMatchObject(
      {
        kind: 'notFound',
      },
    );
  });

  test('a gate that cannot be read stops before anything is trained', async () => {
    const before = await rig.lifecycle.runs.list();
    await expect(
      rig.lifecycle.endpoints.retrain('flowers', { gate: 'accuracy is good' }),
    ).rejects.toMatchObject({ kind: 'invalid' });
    expect(await rig.lifecycle.runs.list()).toHaveLength(before.length);
  });

  test('a model without a test part cannot be compared, and that is said before anything is trained', async () => {
    const { runs, endpoints } = rig.lifecycle;
    const recipe = rig.write('whole.recipe.yaml', 'recipe: 1\ninput: flowers.csv\ntarget: kind\nsteps: []\n');
    const run = await runs.train({
      data: 'flowers.csv',
      recipe,
      params: { algorithm: 'linear', seed: 1 },
      model: 'whole',
    });
    expect((await runs.wait(run.id)).status).toBe('completed');
    await endpoints.deploy({ model: 'whole' });
    const before = (await runs.list()).length;
    await expect(endpoints.retrain('whole', {})).rejects.toMatchObject({ kind: 'unsupported' });
    expect(await runs.list()).toHaveLength(before);
    await endpoints.remove('whole');
  }, 120_000);

  test('retrained on new data, compared on its test part, promoted, rolled back', async () => {
    const { endpoints, models } = rig.lifecycle;
    rig.write('next.csv', flowers(500, 21));
    const lines: unknown[] = [];
    const kept = await endpoints.retrain(
      'flowers',
      { data: 'next.csv', gate: 'accuracy >= 1.01', promote: true },
      { onProgress: (line) => lines.push(line) },
    );
    expect(kept).toMatchObject({
      old: { model: 'flowers', version: 1 },
      new: { model: 'flowers', version: 2 },
      gate: { held: false },
      promoted: false,
    });
    expect(await endpoints.get('flowers')).toMatchObject({ version: 1 });
    expect(lines.every((line) => typeof line === 'string')).toBe(true);

    const result = await endpoints.retrain('flowers', {
      data: 'next.csv',
      gate: 'accuracy >= current - 0.05',
      promote: true,
    });
    expect(result.gate.reason).toContain('accuracy of the new model is ');
    expect(result).toMatchObject({ new: { version: 3 }, gate: { held: true }, promoted: true });
    expect(result.run.data?.name).toBe('next');
    const { runs } = rig.lifecycle;
    const parts = (await runs.list()).filter((one) => one.partOf === result.run.id);
    expect(parts.map((one) => [one.kind, one.usedModel?.version, one.mainMetric])).toEqual([
      ['evaluate', 3, 'accuracy'],
      ['evaluate', 1, 'accuracy'],
    ]);
    await runs.remove(kept.run.id);
    expect((await runs.list()).filter((one) => one.partOf === kept.run.id)).toEqual([]);
    expect((await runs.list()).filter((one) => one.kind === 'evaluate')).toHaveLength(2);
    expect(await endpoints.get('flowers')).toMatchObject({
      version: 3,
      previous: { model: 'flowers', version: 1 },
    });
    const manifest = JSON.parse(
      readFileSync(path.join(rig.project, '.ml/endpoints/flowers.json'), 'utf8'),
    ) as { retrained: { promoted: boolean }[] };
    expect(manifest.retrained.map((one) => one.promoted)).toEqual([true, false]);

    expect(await endpoints.rollback('flowers')).toMatchObject({
      version: 1,
      previous: { model: 'flowers', version: 3 },
    });
    const [example = {}] = (await models.signature('flowers@1')).examples;
    expect((await endpoints.invoke('flowers', [example])).model?.version).toBe(1);
  }, 180_000);

  test('stopped, forgotten by this machine, asked again: it comes back from its manifest', async () => {
    const { endpoints } = rig.lifecycle;
    await endpoints.stop('flowers');
    expect((await endpoints.get('flowers')).status).toBe('stopped');
    const { rmSync } = await import('node:fs');
    rmSync(path.join(rig.host.stateFolder, 'endpoints'), { recursive: true });
    const [example = {}] = (await endpoints.signature('flowers')).examples;
    expect((await endpoints.invoke('flowers', [example])).predictions[0]?.error).toBeUndefined();
    expect((await endpoints.get('flowers')).status).toBe('ready');
  });

  test('removed with its captures; without one rolling back says why not', async () => {
    const { endpoints } = rig.lifecycle;
    await endpoints.deploy({ model: 'flowers@2', name: 'other' });
    await expect(endpoints.rollback('other')).rejects.toMatchObject({ kind: 'invalid' });
    await endpoints.remove('flowers');
    await endpoints.remove('other');
    expect(await endpoints.list()).toEqual([]);
    expect(existsSync(path.join(rig.project, '.ml/captures/flowers'))).toBe(false);
    await expect(endpoints.get('flowers')).rejects.toMatchObject({ kind: 'notFound' });
  });
});
