import type { JoinFacts, Step } from '../../src/protocol';
import { count, plural } from '../shared/format';

const side = (most: number): string => (most > 1 ? 'many' : 'one');

/** Rows that come out of the join for those that were looked at; undefined: it stops, as a key stands there more than once. */
export function rowsOut(facts: JoinFacts, options: Step['options']): number | undefined {
  const { rows, matched, pairs, mostThere } = facts;
  if (options.kind === 'semi') return matched;
  if (options.kind === 'anti') return rows - matched;
  const matches = options.matches ?? 'one';
  if (matches === 'one' && mostThere > 1) return undefined;
  const met = matches === 'many' ? pairs : matched;
  return options.kind === 'inner' ? met : met + rows - matched;
}

/** What a join will do, before it is made: cardinality, what matches on either side, rows before and after. */
export function joinTexts(facts: JoinFacts, { options }: Step): readonly string[] {
  const { rows, exact, otherRows, matched, unused, mostHere, mostThere } = facts;
  const name = typeof options.with === 'string' ? options.with : 'the other table';
  const out = rowsOut(facts, options);
  const of = exact ? '' : ' looked at';
  const unusedText =
    unused === 0
      ? `every row of ${name} is used`
      : `${count(unused)} of ${plural(otherRows, 'row')} of ${name} ${unused === 1 ? 'is' : 'are'} not used`;
  return [
    `${side(mostHere)} to ${side(mostThere)}: a key stands in at most ${plural(mostHere, 'row')} here, in at most ${plural(mostThere, 'row')} of ${name}.`,
    `${count(matched)} of ${plural(rows, 'row')}${of} ${matched === 1 ? 'has' : 'have'} a match, ${count(rows - matched)} ${rows - matched === 1 ? 'has' : 'have'} none; ${unusedText}${exact || unused === 0 ? '' : ' by them'}.`,
    out === undefined
      ? `It would stop: choose what happens where several rows of ${name} match.`
      : `Rows: ${count(rows)} → ${count(out)}.`,
  ].map((text) => text.charAt(0).toUpperCase() + text.slice(1));
}
