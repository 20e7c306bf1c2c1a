import { expect, test } from 'vitest';
import { unwrap } from '../../../src/core/explain/unwrap';

test('strings within strings, to their inmost', () => {
  const inner = JSON.stringify({ message: 'line 1\nline 2' });
  expect(unwrap(JSON.stringify({ body: inner }))).toBe('{"body":"{"message":"line 1\nline 2"}"}');
  expect(unwrap(String.raw`file \u003c/opt/ml/model\u003e`)).toBe('file </opt/ml/model>');
});

test('a path of Windows is no string within a string', () => {
  expect(unwrap(String.raw`File "C:\new\train.py"`)).toBe(String.raw`File "C:\new\train.py"`);
});

test('elements of XML become lines, other brackets stay', () => {
  expect(unwrap('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>').trim()).toBe('Code: NoSuchKey');
  expect(unwrap('a <Response [404]> b')).toBe('a <Response [404]> b');
  expect(unwrap('a &lt;b&gt; &quot;c&quot; &nope;')).toBe('a <b> "c" &nope;');
});

test('colours, typographic quotes and odd line ends', () => {
  expect(unwrap('\u001b[31mred\u001b[0m \u201cx\u201d \u2018y\u2019\r\nz\rw')).toBe('red "x" \'y\'\nz\nw');
});

test('keys and data are cut, long texts lose their middle', () => {
  expect(unwrap('k'.repeat(500))).toBe(`${'k'.repeat(60)}…${'k'.repeat(60)}`);
  const long = unwrap(`first\n${'some words\n'.repeat(20_000)}last`);
  expect(long.length).toBeLessThanOrEqual(64 * 1024 + 1);
  expect([long.startsWith('first\n'), long.endsWith('\nlast')]).toEqual([true, true]);
});
