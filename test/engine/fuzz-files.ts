import fc from 'fast-check';
import type { Dialect } from '../../src/core/table';

/** A CSV file and how it is written. */
export interface Case {
  readonly dialect: Dialect;
  readonly bytes: Buffer;
}

const PIECES = [
  'a',
  'é',
  '漢',
  'x y',
  '1',
  '2.5',
  'true',
  '2024-01-31',
  ' ',
  '',
  '#',
  '\\',
  '😀',
  'NA',
  '0',
  '1,234',
  '2.345.678',
];

/** Made files of random dialects and shapes, a part of them mutated. */
export const made: fc.Arbitrary<Case> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '~'),
    quote: fc.constantFrom('"', '"', '"', "'", ''),
    header: fc.boolean(),
    skip: fc.constantFrom(0, 0, 0, 1),
    width: fc.integer({ min: 1, max: 5 }),
    ends: fc.constantFrom(['\n'], ['\r\n'], ['\r'], ['\n', '\r\n'], ['\n', '\r\n', '\r']),
    ragged: fc.constantFrom(0, 0, 0.03, 0.3),
    rows: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 100, max: 400 }) },
    ),
    last: fc.boolean(),
    mark: fc.boolean(),
  })
  .chain((shape) => {
    const signs = [shape.delimiter, '\n', '\r\n', '\r', shape.quote, ' '];
    const cell = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
        { weight: 1, arbitrary: fc.constantFrom(...signs) },
      ),
      { maxLength: 3 },
    );
    const record = fc.record({
      cells: fc.array(cell, { minLength: shape.width, maxLength: shape.width }),
      quoted: fc.double({ min: 0, max: 1, noNaN: true }),
      ragged: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.integer({ min: -2, max: 2 }),
      end: fc.constantFrom(...shape.ends),
    });
    const mutation = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('insert' as const, 'delete' as const, 'replace' as const),
      byte: fc.constantFrom(...Buffer.from(`${shape.delimiter}${shape.quote}\n\r a"'`), 0xff, 0xc3),
    });
    return fc.record({
      shape: fc.constant(shape),
      table: fc.array(record, { minLength: shape.rows, maxLength: shape.rows }),
      mutations: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 2, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 4 }) },
      ),
    });
  })
  .map(({ shape, table, mutations }) => {
    const { delimiter, quote, header, skip, width } = shape;
    const field = (pieces: readonly string[], quoted: boolean): string => {
      const text = pieces.join('');
      if (quote === '') return text.replaceAll(/[\r\n]/g, '').replaceAll(delimiter, '');
      const needs = [delimiter, quote, '\n', '\r'].some((sign) => text.includes(sign));
      return needs || quoted ? `${quote}${text.replaceAll(quote, quote + quote)}${quote}` : text;
    };
    const lines = table.map(({ cells, quoted, ragged, cut, end }, row) => {
      const fields = cells.map((pieces, at) => field(pieces, (quoted * (at + 2) * 7) % 1 < 0.2));
      const odd = ragged < shape.ragged ? cut : 0;
      const some =
        odd < 0 ? fields.slice(0, Math.max(1, width + odd)) : [...fields, ...Array<string>(odd).fill('z')];
      return some.join(delimiter) + (row === table.length - 1 && !shape.last ? '' : end);
    });
    const [end = '\n'] = shape.ends;
    const names = Array.from({ length: width }, (_, k) => `n${k}`).join(delimiter);
    const text = `${skip > 0 ? `a title${end}` : ''}${header ? names + end : ''}${lines.join('')}`;
    let bytes = Buffer.from(text);
    for (const { at, kind, byte } of mutations) {
      const from = at % (bytes.length + 1);
      bytes = Buffer.concat([
        bytes.subarray(0, from),
        kind === 'delete' ? Buffer.alloc(0) : Buffer.from([byte]),
        bytes.subarray(kind === 'insert' ? from : Math.min(bytes.length, from + 1)),
      ]);
    }
    if (shape.mark) bytes = Buffer.concat([Buffer.from('\uFEFF'), bytes]);
    return { dialect: { encoding: 'utf-8', delimiter, quote, header, skip, decimal: '.' }, bytes };
  });
