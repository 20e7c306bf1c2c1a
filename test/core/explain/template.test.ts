import { expect, test } from 'vitest';
import { fill, fillOrQuote } from '../../../src/core/explain/template';

test('a noun, a word instead of it, and another noun instead of it', () => {
  expect(fill('In {region}.', { region: 'eu-west-1' })).toBe('In eu-west-1.');
  expect(fill('In {region|the region}.', {})).toBe('In the region.');
  expect(fill('In {region|{zone|the region}}.', { zone: 'a' })).toBe('In a.');
  expect(fill('In {region|{zone|the region}}.', {})).toBe('In the region.');
});

test('what stands in brackets is there only with its nouns', () => {
  expect(fill('The quota[ {name}][ of {limit}] does not suffice.', { limit: '4' })).toBe(
    'The quota of 4 does not suffice.',
  );
  expect(fill('Send {"instances": [[...], ...]}.', {})).toBe('Send {"instances": [[...], ...]}.');
});

test('a noun is one line, without the quotes and stops around it, and not endless', () => {
  expect(fill('{x}', { x: ` "a\n b",. ` })).toBe('a b');
  expect(fill('{x}', { x: 'y'.repeat(500) })).toBe(`${'y'.repeat(160)}…`);
});

test('without a noun of its own a sentence quotes the text', () => {
  expect(fillOrQuote('It is gone.', {}, 'x.y.SomeError: no bucket.')).toBe(
    'It is gone: SomeError: no bucket.',
  );
  expect(fillOrQuote('{x} is gone.', { x: 'b' }, 'no bucket')).toBe('b is gone.');
  expect(fillOrQuote('It is gone.', {}, '')).toBe('It is gone.');
  expect(fillOrQuote('It is gone.', {}, '{"code":1,"message":"no bucket b"}')).toBe(
    'It is gone: no bucket b.',
  );
});
