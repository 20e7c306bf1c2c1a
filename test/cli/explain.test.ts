import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from './mll';

const MISSING = "ModuleNotFoundError: No module named 'xgboost'";

let box: Sandbox;
beforeAll(() => {
  box = makeSandbox();
});
afterAll(() => box.remove());

describe('mll explain', () => {
  it('tells class, cause and next step of a file', async () => {
    box.write('job.log', `epoch 1\n${MISSING}\n`);
    const { code, stdout, stderr } = await box.mll('explain', 'job.log');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, second, , last] = stdout.split('\n');
    expect(first).toBe('package-missing: The package xgboost is not installed in the Python that runs this.');
    expect(second).toMatch(/^→ Run 'pip install xgboost'/);
    expect(last).toBe("Known by: No module named 'xgboost");
  });

  it('--json prints class, cause, fix and what it was known by', async () => {
    box.write('why.txt', 'An error occurred (ExpiredToken) when calling the PutObject operation: expired');
    const { code, json } = await box.mll('--json', 'explain', 'why.txt', '--where', 's3');
    expect(code).toBe(0);
    expect(json()).toEqual({
      class: 'auth-expired',
      cause: expect.stringMatching(/^The AWS session has expired/) as string,
      fix: expect.stringContaining('aws sso login') as string,
      matched: expect.stringContaining('ExpiredToken') as string,
    });
  });

  it('shows an unknown text as it is and gives no cause', async () => {
    box.write('odd.txt', 'one\n\n  two \nit broke somehow\n');
    const { code, stdout } = await box.mll('explain', 'odd.txt');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^unknown: no signal knows this text, so no cause is given\./);
    expect(stdout).toContain('one\n  two\nit broke somehow\n');
    expect((await box.mll('--json', 'explain', 'odd.txt')).json()).toEqual({
      class: 'unknown',
      cause: null,
      fix: null,
      matched: null,
      lines: ['one', '  two', 'it broke somehow'],
    });
  });

  it('reads standard input, as long as it is', async () => {
    const mll = path.resolve(import.meta.dirname, '../../dist/mll.js');
    const child = spawn(process.execPath, [mll, '--json', 'explain', '-'], { cwd: box.folder });
    const answer = text(child.stdout);
    child.stdin.end(`${'a line of the log\n'.repeat(50_000)}${MISSING}\n`);
    expect(JSON.parse(await answer)).toMatchObject({ class: 'package-missing' });
  });

  it('reads the ends of a large file, and text that the Windows shell wrote', async () => {
    box.write('large.log', `${'a line of the log\n'.repeat(50_000)}${MISSING}\n`);
    expect((await box.mll('--json', 'explain', 'large.log')).json()).toMatchObject({
      class: 'package-missing',
    });
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${MISSING}\r\n`, 'utf16le')]);
    writeFileSync(path.join(box.folder, 'wide.log'), wide);
    expect((await box.mll('--json', 'explain', 'wide.log')).json()).toMatchObject({
      class: 'package-missing',
    });
  });

  it('says of a place that it does not know that it is of no use', async () => {
    box.write('job.log', MISSING);
    const { code, stdout, stderr } = await box.mll('explain', 'job.log', '--where', 'the moon');
    expect(code).toBe(0);
    expect(stderr).toContain('"the moon" is no known place');
    expect(stdout).toContain('package-missing');
  });

  it('says what is wrong with a file that cannot be read', async () => {
    mkdirSync(path.join(box.folder, 'logs'));
    const folder = await box.mll('--json', 'explain', 'logs');
    expect(folder.code).toBe(1);
    expect(folder.json()).toMatchObject({
      error: { kind: 'invalid', message: expect.stringContaining('is a folder') as string },
    });
    const missing = await box.mll('--json', 'explain', 'none.log');
    expect(missing.code).toBe(1);
    expect(missing.json()).toMatchObject({ error: { kind: 'notFound' } });
  });
});
