import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type TestEngine } from './build';

/** Many tables at once: none waits for another without end. */
let rig: TestEngine;
const files: string[] = [];

beforeAll(async () => {
  rig = await startEngine();
  for (let k = 0; k < 10; k += 1) {
    const file = path.join(rig.folder, `t${k}.csv`);
    const rows = Array.from({ length: 3000 + k }, (_, row) => `${row},${(row * 7 + k) % 13},w${row % 5}`);
    fs.writeFileSync(file, `a,b,c\n${rows.join('\n')}\n`);
    files.push(file);
  }
});
afterAll(() => rig.remove());

describe('ten tables at once', () => {
  it('are scanned, profiled, sorted and paged, each with its own rows', async () => {
    for (let round = 0; round < 5; round += 1) {
      const counts = await Promise.all(
        files.map(async (file) => {
          const { table } = await rig.engine.call('open', { source: { path: file } });
          const [scan, profile, page] = await Promise.all([
            rig.engine.call('scan', { table }),
            rig.engine.call('profile', { table }),
            rig.engine.call('page', {
              table,
              offset: 0,
              limit: 1,
              sort: [{ column: 'a', descending: true }],
            }),
          ]);
          await rig.engine.call('close', { table });
          return [scan.rows, profile.rows, page.rows[0]?.[0]];
        }),
      );
      expect(counts).toEqual(files.map((_, k) => [3000 + k, 3000 + k, 2999 + k]));
    }
  });

  it('are read for one query, all at the same time', async () => {
    const tables = Object.fromEntries(files.map((file, k) => [`t${k}`, { path: file }]));
    for (let round = 0; round < 5; round += 1) {
      const page = await rig.engine.call('sql', {
        sql: 'SELECT (SELECT count(*) FROM t0) + (SELECT count(*) FROM t9)',
        tables,
        limit: 1,
      });
      expect(Number(page.rows[0]?.[0])).toBe(6009);
    }
  });
});
