import { describe, expect, it } from 'vitest';
import * as format from '../../webview/shared/format';
import { barHeights, histogramText } from '../../webview/shared/spark';

describe('numbers', () => {
  it('have separators and as many digits as matter', () => {
    expect([0, 1234567, -0.5, 43.92193, 1234.5678, 98765.4321].map((n) => format.number(n))).toEqual([
      '0',
      '1,234,567',
      '-0.5',
      '43.922',
      '1,234.6',
      '98,765',
    ]);
    expect([1e-9, 1.23456e13 + 0.5, NaN, Infinity, -Infinity].map((n) => format.number(n))).toEqual([
      '1.0000e-9',
      '1.2346e+13',
      'NaN',
      '∞',
      '−∞',
    ]);
  });

  it('carry their unit', () => {
    expect(format.plural(1, 'row')).toBe('1 row');
    expect(format.plural(344, 'row')).toBe('344 rows');
    expect(format.plural(0, 'cell is', 'cells are')).toBe('0 cells are');
    expect([0, 999, 1000, 15_241, 999_949, 999_950, 1.25e9, 5e15].map(format.bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '15.2 kB',
      '1.0 MB',
      '1.0 MB',
      '1.3 GB',
      '5000 TB',
    ]);
    expect(
      [0, 0.4, 3, 999, 1000, 9949, 9950, 59_499, 59_500, 125_000, 3_599_499, 3_780_000].map(format.duration),
    ).toEqual([
      '0 ms',
      '< 1 ms',
      '3 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '2 min 5 s',
      '59 min 59 s',
      '1 h 3 min',
    ]);
  });

  it('are never rounded to a false nothing or all', () => {
    expect([0, 0.0001, 0.00581, 0.0999, 0.125, 0.994, 0.9999, 1].map(format.percent)).toEqual([
      '0 %',
      '< 0.1 %',
      '0.6 %',
      '10 %',
      '13 %',
      '99 %',
      '> 99.9 %',
      '100 %',
    ]);
  });
});

describe('cells', () => {
  it('are exact', () => {
    expect([0.1, 1e21, -0, '9007199254740993', true, null, ''].map(format.cellText)).toEqual([
      '0.1',
      '1e+21',
      '-0',
      '9007199254740993',
      'true',
      '',
      '',
    ]);
  });
});

describe('small pictures', () => {
  it('show every bin that holds something', () => {
    expect(barHeights([0, 1, 1000, 500], 24)).toEqual([0, 1, 24, 12]);
    expect(barHeights([0, 0], 24)).toEqual([0, 0]);
  });

  it('say what they show', () => {
    expect(histogramText({ edges: [0, 10, 20], counts: [3, 1234] }, 'number')).toBe(
      '2 bins from 0 to 20; most values (1,234) between 10 and 20.',
    );
    expect(histogramText({ edges: [0, 864e5, 1728e5], counts: [3, 1] }, 'date')).toBe(
      '2 bins from 1970-01-01 to 1970-01-03; most values (3) between 1970-01-01 and 1970-01-02.',
    );
    expect(histogramText({ edges: [], counts: [] }, 'number')).toBe('No values.');
  });
});
