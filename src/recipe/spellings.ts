import { distance } from 'fastest-levenshtein';
import type { Spelling } from './model';

export interface Counted {
  readonly value: string;
  readonly rows: number;
}

const folded = (value: string): string =>
  value
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s\u00A0]+/gu, ' ')
    .trim();
const plain = (value: string): string => folded(value).normalize('NFD').replaceAll(/\p{M}/gu, '');
const bare = (value: string): string =>
  plain(value)
    .replaceAll(/[\s._-]+/gu, ' ')
    .trim();

/** Shorter words that differ in a letter are often different words: Iran and Iraq. */
const SHORTEST = 5;
const LONG = 10;

/** One letter more, less, other, or two that changed places; of long words two. Words with other digits are never near. */
function isNear(a: string, b: string): boolean {
  const least = Math.min(a.length, b.length);
  if (least < SHORTEST || a.replaceAll(/\D/gu, '') !== b.replaceAll(/\D/gu, '')) return false;
  const most = least < LONG ? 1 : 2;
  if (Math.abs(a.length - b.length) > most) return false;
  return distance(a, b) <= most || isSwapped(a, b);
}

function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

interface Word {
  readonly key: string;
  readonly spellings: readonly Counted[];
  /** The commonest of them. */
  readonly best: Counted;
  readonly rows: number;
}

/**
 * Spellings that are probably meant to be another, commoner one, each with the reason; the surest first. Of equally common ones the
 * first in the alphabet is the right one.
 */
export function spellingsOf(counts: readonly Counted[]): readonly Spelling[] {
  const groups = new Map<string, Counted[]>();
  for (const one of counts) {
    const key = bare(one.value);
    if (key !== '') groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const words = [...groups].map(([key, list]): Word => {
    const spellings = list.toSorted((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
    return {
      key,
      spellings,
      best: spellings[0] ?? { value: key, rows: 0 },
      rows: spellings.reduce((sum, one) => sum + one.rows, 0),
    };
  });
  words.sort((a, b) => b.rows - a.rows || (a.key < b.key ? -1 : 1));
  const same: Spelling[] = [];
  const near: Spelling[] = [];
  words.forEach((word, k) => {
    // A word is taken for another that is at least twice as common.
    const meant = words.slice(0, k).find((one) => one.rows >= 2 * word.rows && isNear(one.key, word.key));
    for (const { value, rows } of word.spellings) {
      const to = meant?.best ?? word.best;
      if (value === to.value) continue;
      const found = { value, rows, to: to.value, toRows: to.rows };
      if (meant !== undefined) near.push({ ...found, why: 'near' });
      else same.push({ ...found, why: reason(value, to.value) });
    }
  });
  return [...same, ...near];
}

function reason(value: string, to: string): Spelling['why'] {
  if (value.toLowerCase() === to.toLowerCase()) return 'case';
  if (folded(value) === folded(to)) return 'space';
  return plain(value) === plain(to) ? 'accents' : 'signs';
}
