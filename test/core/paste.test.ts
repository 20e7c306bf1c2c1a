import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Row, Signature } from '../../src/core/model';
import { parseRows } from '../../src/core/paste';
import { snippet, type SnippetLanguage } from '../../src/core/snippets';

const SIGNATURE: Signature = {
  task: 'classification',
  inputs: [
    { name: 'age', type: 'integer', required: true },
    { name: 'weight', type: 'number', required: true },
    { name: 'zip', type: 'text', required: false },
    { name: 'member', type: 'boolean', required: false },
  ],
  output: { name: 'class', type: 'text', classes: ['a', 'b'] },
  examples: [],
};
const ROW = { age: 3, zip: '00123' };

describe('pasted text', () => {
  test.each([
    ['a record', '{"age":3,"zip":"00123"}'],
    ['a list', ' [{"age":3,"zip":"00123"}]\n'],
    ['instances', '{"instances":[{"age":3,"zip":"00123"}]}'],
    ['dataframe_records', '{"dataframe_records":[{"age":3,"zip":"00123"}]}'],
    ['dataframe_split', '{"dataframe_split":{"columns":["age","zip"],"data":[[3,"00123"]]}}'],
    ['CSV', 'age,zip\n3,00123\n'],
    ['CSV with semicolons and CRLF', 'age;zip\r\n3;00123\r\n\r\n'],
    ['tabs, as copied from a spreadsheet', 'age\tzip\n3\t00123'],
    ['with a byte order mark', '\uFEFFage,zip\n3,00123'],
  ])('%s', (_, text) => {
    expect(parseRows(text, SIGNATURE)).toEqual([ROW]);
  });

  test('one record per line', () => {
    expect(parseRows('{"age":1}\n{"age":2}\n', SIGNATURE)).toEqual([{ age: 1 }, { age: 2 }]);
  });

  test('CSV cells by the type of their column; what does not fit stays text', () => {
    const text =
      'age,weight,zip,member,other\n1,2.5,"a,b",TRUE,9\nmany,1e999,,maybe,\n9007199254740993,-0.5,x,false,y\n';
    expect(parseRows(text, SIGNATURE)).toEqual([
      { age: 1, weight: 2.5, zip: 'a,b', member: true, other: '9' },
      { age: 'many', weight: '1e999', zip: null, member: 'maybe', other: null },
      { age: '9007199254740993', weight: -0.5, zip: 'x', member: false, other: 'y' },
    ]);
  });

  test('a number beyond all numbers is no missing value', () => {
    expect(parseRows('{"age":1e999}', SIGNATURE)).toEqual([{ age: 'Infinity' }]);
  });

  test.each([
    ['', 'the text is empty'],
    ['[]', 'no rows'],
    ['age,zip\n', 'no rows'],
    ['{"age":', 'no valid JSON'],
    ['{"age":[1]}', 'Row 1: "age" is a list'],
    ['[1]', 'Row 1 is no record'],
    ['{"dataframe_split":{"columns":["a"],"data":[[1,2]]}}', 'Row 1 of the data'],
    ['hello world\nmore', 'names none of the columns'],
    ['age,zip\n1\n', 'Line 2 has 1 values, the header 2'],
  ])('%j is refused', (text, message) => {
    expect(() => parseRows(text, SIGNATURE)).toThrow(message);
  });
});

describe('snippets really send the rows', () => {
  const rows: readonly Row[] = [
    {
      'it\'s "quoted" $HOME `id` \\n': 'Ünïcödé \u2028 🐧 \' " \\ $(id) %PATH% !x',
      n: -1.5,
      none: null,
      'b\tc': true,
    },
  ];

  async function received(
    language: SnippetLanguage,
  ): Promise<{ body: unknown; authorization: string | undefined }> {
    let body = '';
    let authorization: string | undefined;
    const server = createServer((request, response) => {
      authorization = request.headers.authorization;
      request.setEncoding('utf8');
      request.on('data', (part: string) => (body += part));
      request.on('end', () =>
        response.setHeader('content-type', 'application/json').end('{"predictions":[1]}'),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const text = snippet(language, { url: `http://127.0.0.1:${port}`, token: 'unused' }, rows);
    expect(text).not.toContain('secret');
    const [file, args] =
      language === 'curl'
        ? ['sh', ['-c', text]]
        : language === 'python'
          ? ['python3', ['-c', text]]
          : [process.execPath, ['--input-type=module', '-e', text]];
    const child = spawn(file, args, { env: { ...process.env, MLL_TOKEN: 'secret' }, stdio: 'pipe' });
    let errors = '';
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    server.close();
    expect(code, errors).toBe(0);
    return { body: JSON.parse(body) as unknown, authorization };
  }

  const has = (program: string): boolean => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  test.each(['curl', 'python', 'javascript'] as const)('%s', async (language) => {
    if (language === 'curl') expect(has('curl')).toBe(true);
    expect(await received(language)).toEqual({ body: rows, authorization: 'Bearer secret' });
  });

  test('PowerShell: between single quotes, with each kind of quote doubled', () => {
    const text = snippet('powershell', { url: 'http://127.0.0.1:1', token: 'unused' }, [{ a: "it's ’so" }]);
    expect(text.split('\n')[0]).toBe(`$body = '[{"a":"it''s ’’so"}]'`);
    expect(text).toContain('"Bearer $env:MLL_TOKEN"');
  });
});
