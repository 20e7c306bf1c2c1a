import { expect, it } from 'vitest';
import { spellingsOf } from '../../src/recipe/spellings';

const found = (counts: Readonly<Record<string, number>>): string[] =>
  spellingsOf(Object.entries(counts).map(([value, rows]) => ({ value, rows }))).map(
    (one) => `${one.value} (${one.rows}) → ${one.to} (${one.toRows}): ${one.why}`,
  );

it('finds what differs in case, white space, accents and signs, and takes the commonest as right', () => {
  expect(
    found({
      Oslo: 40,
      'oslo ': 3,
      OSLO: 5,
      'New  York': 2,
      'New York': 9,
      'new-york': 1,
      Tromsø: 4,
      'São Paulo': 8,
      'Sao Paulo': 2,
    }),
  ).toEqual([
    'OSLO (5) → Oslo (40): case',
    'oslo  (3) → Oslo (40): space',
    'New  York (2) → New York (9): space',
    'new-york (1) → New York (9): signs',
    'Sao Paulo (2) → São Paulo (8): accents',
  ]);
});

it('of equally common spellings takes the first in the alphabet', () => {
  expect(found({ b_x: 1, 'b x': 1 })).toEqual(['b_x (1) → b x (1): signs']);
});

it('finds a letter more, less, other, or two that changed places, of long words two, each only beside a commoner word', () => {
  expect(found({ Stavanger: 30, Stavangr: 1, Stavangerr: 1, Stavonger: 1, Satvanger: 1 })).toEqual([
    'Satvanger (1) → Stavanger (30): near',
    'Stavangerr (1) → Stavanger (30): near',
    'Stavangr (1) → Stavanger (30): near',
    'Stavonger (1) → Stavanger (30): near',
  ]);
  expect(found({ Kristiansand: 20, Christiansand: 3, Kristiansund: 9 })).toEqual([
    'Kristiansund (9) → Kristiansand (20): near',
    'Christiansand (3) → Kristiansand (20): near',
  ]);
});

it('takes no short words, other numbers, or words of like frequency for one another', () => {
  expect(
    found({ Iran: 9, Iraq: 2, Male: 9, Female: 3, 'Room 101': 50, 'Room 102': 2, Austria: 9, Australia: 3 }),
  ).toEqual([]);
  expect(found({ Slovenia: 5, Slovakia: 4 })).toEqual([]);
});

it('a misspelt word in another case goes to the right spelling at once', () => {
  expect(found({ Bergen: 20, BERGN: 1, bergen: 2 })).toEqual([
    'bergen (2) → Bergen (20): case',
    'BERGN (1) → Bergen (20): near',
  ]);
});
