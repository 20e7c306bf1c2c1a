import { expect, test } from 'vitest';
import { AREAS } from '../../../src/core/explain/areas';
import { code, PLACES, placeOf, type Signal } from '../../../src/core/explain/signal';

const SIGNALS: readonly Signal[] = AREAS.flatMap((area) => area.signals);

function listed(patterns: RegExp | readonly RegExp[] | undefined): readonly RegExp[] {
  if (patterns === undefined) return [];
  return patterns instanceof RegExp ? [patterns] : patterns;
}

const groupsOf = (pattern: RegExp): readonly string[] =>
  [...pattern.source.matchAll(/\(\?<([A-Za-z]\w*)>/g)].map((one) => one[1] ?? '');

test('every noun of a cause or fix is a group of the patterns, and every group is used', () => {
  const wrong = SIGNALS.flatMap((signal) => {
    const groups = new Set([...listed(signal.when), ...listed(signal.and)].flatMap(groupsOf));
    const words = `${signal.cause} ${signal.fix}`;
    const nouns = new Set([...words.matchAll(/\{(\w+)/g)].map((one) => one[1] ?? ''));
    const missing = [...nouns].filter((one) => !groups.has(one)).map((one) => `no group for {${one}}`);
    const unused = [...groups].filter((one) => !nouns.has(one)).map((one) => `group ${one} is not used`);
    return [...missing, ...unused].map((one) => `${one}: ${signal.cause}`);
  });
  expect(wrong).toEqual([]);
});

test('a noun that not every pattern has stands in brackets or has a word instead', () => {
  const wrong = SIGNALS.flatMap((signal) => {
    const always = new Set(listed(signal.and).flatMap(groupsOf));
    const when = listed(signal.when).map(groupsOf);
    return [signal.cause, signal.fix].flatMap((template) => {
      const certain = template.replaceAll(/\[[^[\]]*\{[^[\]]*\]/g, '');
      return [...certain.matchAll(/\{(\w+)\}/g)]
        .map((one) => one[1] ?? '')
        .filter((noun) => !always.has(noun) && !when.every((groups) => groups.includes(noun)))
        .map((noun) => `{${noun}}: ${template}`);
    });
  });
  expect(wrong).toEqual([]);
});

test('causes and fixes are sentences', () => {
  const words = SIGNALS.flatMap(({ cause, fix }) => [cause, fix]);
  expect(words.filter((one) => !/^(?:[A-Z{'"]|(?:git|pip|watsonx) )/.test(one))).toEqual([]);
  expect(words.filter((one) => !/[.)]$/.test(one))).toEqual([]);
  expect(words.filter((one) => /\s{2}|\s[.,](?=\s|$)/.test(one))).toEqual([]);
});

test('no pattern keeps a place in what it searched', () => {
  const patterns = SIGNALS.flatMap(({ when, and, unless }) => [
    ...listed(when),
    ...listed(and),
    ...listed(unless),
  ]);
  expect(patterns.filter((one) => one.global || one.sticky)).toEqual([]);
});

test('places and what they are called', () => {
  expect(PLACES.map((one) => placeOf(one))).toEqual(PLACES);
  expect(['AWS', ' google ', 'azure', 'spark', 'ibm', 'local', 'nowhere'].map(placeOf)).toEqual([
    'sagemaker',
    'vertex',
    'azureml',
    'databricks',
    'watsonx',
    'local-python',
    undefined,
  ]);
});

test('a code is found as a whole word only', () => {
  const pattern = code('Throttling(?:Exception)?');
  expect(pattern.exec('(ThrottlingException) when')?.[0]).toContain('ThrottlingException');
  expect(pattern.exec('NoThrottlingHere')).toBeNull();
});
