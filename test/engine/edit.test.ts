import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CellEdit, TableId } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';
import { bytesOf, madeFile, type MadeFile, textIn } from './edit.rig';

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

const fileOf = (bytes: Buffer | string, name = 'table.csv'): string => {
  const file = path.join(fs.mkdtempSync(path.join(rig.folder, 'edit ')), name);
  fs.writeFileSync(file, bytes);
  return file;
};

async function opened(file: string, made?: MadeFile): Promise<TableId> {
  const dialect = made && {
    encoding: made.encoding,
    delimiter: made.delimiter,
    quote: made.quote,
    header: made.header,
    skip: made.title ? 1 : 0,
    decimal: '.' as const,
  };
  const { table } = await rig.engine.call('open', {
    source: { path: file, ...(dialect ? { dialect } : {}) },
  });
  return table;
}

/** Makes edits as a view does: what stands there first, then the new text; then saves. */
async function edit(
  table: TableId,
  wanted: readonly { row: number; column: string; value: string }[],
): Promise<CellEdit[]> {
  const edits: CellEdit[] = [];
  let state = { bytes: 0, modified: '' };
  for (const one of wanted) {
    const checked = await rig.engine.call('checkEdit', { table, ...one });
    edits.push({ ...one, before: checked.before });
    state = checked.state;
  }
  await rig.engine.call('saveEdits', { table, edits, state });
  return edits;
}

describe('edits of cells', () => {
  it('leave every other byte of the file as it is, whatever its dialect, encoding and line ends', async () => {
    let rows = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        madeFile.chain((made) =>
          fc.tuple(
            fc.constant(made),
            fc.array(
              fc.record({
                at: fc.nat(),
                column: fc.integer({ min: 1, max: made.width - 1 }),
                value: textIn(made.encoding),
              }),
              { minLength: 1, maxLength: 6 },
            ),
          ),
        ),
        async ([made, wanted]) => {
          const file = fileOf(bytesOf(made));
          fs.chmodSync(file, 0o640);
          const table = await opened(file, made);
          const scan = await rig.engine.call('scan', { table });
          const page = await rig.engine.call('page', { table, offset: 0, limit: 1000 });
          expect(page.rows).toHaveLength(scan.rows);
          expect(scan.rows + scan.rejected).toBe(made.records.length);
          const changes = new Map<string, Map<number, string>>();
          const edits = new Map<string, { row: number; column: string; value: string }>();
          for (const { at, column, value } of wanted) {
            const row = at % scan.rows;
            const name = String(page.rows[row]?.[0]);
            changes.set(name, (changes.get(name) ?? new Map<number, string>()).set(column, value));
            const title = scan.columns[column]?.name ?? '?';
            edits.set(`${row} ${column}`, { row, column: title, value });
          }
          const made_ = await edit(table, [...edits.values()]);
          for (const { row, before, column } of made_) {
            const record = made.records.find(({ cells }) => cells[0] === page.rows[row]?.[0]);
            expect(before).toBe(record?.cells[scan.columns.findIndex(({ name }) => name === column)] ?? '');
          }
          expect(fs.readFileSync(file).equals(bytesOf(made, changes))).toBe(true);
          expect(fs.statSync(file).mode & 0o777).toBe(0o640);
          expect(fs.readdirSync(path.dirname(file))).toEqual(['table.csv']);
          rows += scan.rows;
          seen.add(made.encoding);
          await rig.engine.call('close', { table });
          fs.rmSync(path.dirname(file), { recursive: true });
        },
      ),
      { numRuns: Number(process.env.MLL_FUZZ ?? 60) },
    );
    expect(rows).toBeGreaterThan(1000);
    expect(seen.size).toBeGreaterThan(4);
  }, 600_000);

  it('go to the file behind a link, which stays a link, and to the row that a filter shows', async () => {
    const file = fileOf('id,city\r\n1,Paris\r\n2,"Rome"\r\n3,Oslo\r\n');
    const link = path.join(path.dirname(file), 'link.csv');
    fs.symlinkSync('table.csv', link);
    const table = await opened(link);
    const filter = [{ is: 'oneOf' as const, column: 'city', values: ['Rome'] }];
    const page = await rig.engine.call('page', { table, offset: 0, limit: 10, filter });
    expect(page.places).toEqual([1]);
    await edit(table, [{ row: page.places?.[0] ?? -1, column: 'city', value: 'Roma "eterna"' }]);
    expect(fs.readFileSync(file, 'utf8')).toBe('id,city\r\n1,Paris\r\n2,"Roma ""eterna"""\r\n3,Oslo\r\n');
    expect(fs.readlinkSync(link)).toBe('table.csv');
  });

  it('are refused for what the encoding does not have, with the letter that is missing', async () => {
    const file = fileOf(Buffer.from('name,n\nJos\xe9,1\nZo\xeb,2\n', 'latin1'));
    const table = await opened(file);
    const change = { table, row: 0, column: 'name', value: 'Łukasz' };
    await expect(rig.engine.call('checkEdit', change)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'The file is in WINDOWS-1252, which has no character “Ł” (U+0141).',
    });
    await edit(table, [{ row: 0, column: 'name', value: 'José €' }]);
    expect(fs.readFileSync(file, 'latin1')).toBe('name,n\nJos\xe9 \x80,1\nZo\xeb,2\n');
  });

  it('are refused where a value needs quotes and the file has none', async () => {
    const file = fileOf('a|b\nx|y\n');
    const { table } = await rig.engine.call('open', {
      source: { path: file, dialect: { quote: '', delimiter: '|' } },
    });
    const change = { table, row: 0, column: 'a', value: 'x|y' };
    await expect(rig.engine.call('checkEdit', change)).rejects.toMatchObject({ kind: 'invalid' });
    await edit(table, [{ row: 0, column: 'a', value: 'x"' }]);
    expect(fs.readFileSync(file, 'utf8')).toBe('a|b\nx"|y\n');
  });

  it('keep a line that would be blank a record', async () => {
    const file = fileOf('a,b\nx\ny\nz,1\n');
    const table = await opened(file);
    await edit(table, [{ row: 0, column: 'a', value: '' }]);
    expect(fs.readFileSync(file, 'utf8')).toBe('a,b\n""\ny\nz,1\n');
    const again = await opened(file);
    expect((await rig.engine.call('scan', { table: again })).rows).toBe(3);
  });

  it('never write over a file that another program changed', async () => {
    const file = fileOf('a,b\n1,2\n');
    const table = await opened(file);
    const { before, state } = await rig.engine.call('checkEdit', { table, row: 0, column: 'a', value: '9' });
    fs.writeFileSync(file, 'a,b\n3,4\n');
    fs.utimesSync(file, new Date(), new Date(Date.now() + 5000));
    const edits = [{ row: 0, column: 'a', value: '9', before }];
    await expect(rig.engine.call('saveEdits', { table, edits, state })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await expect(
      rig.engine.call('checkEdit', { table, row: 0, column: 'a', value: '9' }),
    ).rejects.toMatchObject({ kind: 'conflict' });
    expect(fs.readFileSync(file, 'utf8')).toBe('a,b\n3,4\n');
    // Opened again: the cell does not hold what it held when it was edited.
    const fresh = await opened(file);
    const now = (await rig.engine.call('cellText', { table: fresh, row: 0, column: 'a' })).state;
    await expect(rig.engine.call('saveEdits', { table: fresh, edits, state: now })).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect(fs.readdirSync(path.dirname(file))).toEqual(['table.csv']);
  });

  it('can be cancelled while they are written: the file is as it was, and nothing is left beside it', async () => {
    const rows = Array.from({ length: 400_000 }, (_, row) => `${row},${'x'.repeat(60)}`);
    const file = fileOf(`n,t\n${rows.join('\n')}\n`);
    const table = await opened(file);
    const { before, state } = await rig.engine.call('checkEdit', {
      table,
      row: 399_999,
      column: 't',
      value: 'z',
    });
    const whole = fs.readFileSync(file);
    const abort = new AbortController();
    const seen: number[] = [];
    const saving = rig.engine.call(
      'saveEdits',
      { table, edits: [{ row: 399_999, column: 't', value: 'z', before }], state },
      {
        signal: abort.signal,
        onProgress(value) {
          seen.push((value as { bytes: number }).bytes);
          abort.abort();
        },
      },
    );
    await expect(saving).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => fs.readdirSync(path.dirname(file))).toEqual(['table.csv']);
    expect(seen.length).toBeGreaterThan(0);
    expect(fs.readFileSync(file).equals(whole)).toBe(true);
    await edit(table, [{ row: 399_999, column: 't', value: 'z' }]);
    expect(fs.readFileSync(file, 'utf8')).toBe(`n,t\n${rows.slice(0, -1).join('\n')}\n399999,z\n`);
  });

  it('are only for delimited text, and only for rows and columns that are there', async () => {
    const jsonl = await opened(fileOf('{"a":1}\n', 'a.jsonl'));
    const change = { row: 0, column: 'a', value: '2' };
    await expect(rig.engine.call('checkEdit', { table: jsonl, ...change })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    const packed = await opened(fileOf(gzipSync('a,b\n1,2\n'), 'a.csv.gz'));
    await expect(rig.engine.call('checkEdit', { table: packed, ...change })).rejects.toMatchObject({
      message: 'Cells of a compressed file cannot be edited.',
    });
    const table = await opened(fileOf('a,b\n1,2\n'));
    await expect(rig.engine.call('cellText', { table, row: 1, column: 'a' })).rejects.toMatchObject({
      kind: 'notFound',
      message: 'There is no row 2: the table has 1 row.',
    });
    await expect(rig.engine.call('cellText', { table, row: 0, column: 'c' })).rejects.toMatchObject({
      kind: 'notFound',
    });
  });
});
