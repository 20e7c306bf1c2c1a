import { UserError } from '../core/errors';
import { containerFormat } from './container';
import type { Prefix } from './format';

const starts =
  (...signatures: readonly string[]) =>
  ({ bytes }: Prefix): boolean =>
    signatures.some((one) => bytes.toString('latin1', 0, one.length) === one);

const isZip = starts('PK\x03\x04');

/** A zip archive whose first parts are those of a workbook: any other keeps its name's format. */
function isWorkbook(prefix: Prefix): boolean {
  return (
    isZip(prefix) && ['[Content_Types].xml', 'xl/', '_rels/.rels'].some((part) => prefix.bytes.includes(part))
  );
}

export const xlsx = containerFormat({
  id: 'xlsx',
  endings: ['.xlsx', '.xlsm'],
  what: 'an Excel workbook',
  recognises: isWorkbook,
  load: async () => (await import('./xlsx')).xlsx,
  quick: true,
});

/** The formats of Excel 97 to 2003, and the wrapping of a workbook that is protected by a password. */
export const xls = containerFormat({
  id: 'xls',
  endings: ['.xls'],
  what: 'an Excel workbook of the format before 2007',
  recognises: starts('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  load: async () => (await import('./sheets')).sheets('an Excel workbook of the format before 2007'),
});

export const ods = containerFormat({
  id: 'ods',
  endings: ['.ods'],
  what: 'an OpenDocument spreadsheet',
  recognises: (prefix) =>
    isZip(prefix) && prefix.bytes.subarray(0, 128).includes('application/vnd.oasis.opendocument.spreadsheet'),
  load: async () => (await import('./sheets')).sheets('an OpenDocument spreadsheet'),
});

export const arrow = containerFormat({
  id: 'arrow',
  endings: ['.arrow', '.feather', '.arrows', '.ipc'],
  what: 'an Arrow or Feather file',
  recognises: (prefix) => starts('ARROW1')(prefix) || isArrowStream(prefix),
  refuse(prefix) {
    if (starts('FEA1')(prefix)) {
      throw new UserError(
        'unsupported',
        `${prefix.name} is of the first version of Feather, which is not read.`,
        {
          fix: 'Write it again with pyarrow, pandas or R: they write the second version.',
        },
      );
    }
  },
  load: async () => (await import('./arrow')).arrow,
});

export const avro = containerFormat({
  id: 'avro',
  endings: ['.avro'],
  what: 'an Avro file',
  recognises: starts('Obj\x01'),
  load: async () => (await import('./avro')).avroFile,
  quick: true,
});

export const sqlite = containerFormat({
  id: 'sqlite',
  endings: ['.sqlite', '.sqlite3', '.db', '.db3'],
  what: 'an SQLite database',
  recognises: starts('SQLite format 3\0'),
  load: async () => (await import('./sqlite')).sqlite,
});

/** The engine reads it itself. */
export const duckdb = containerFormat({
  id: 'duckdb',
  endings: ['.duckdb', '.ddb'],
  what: 'a DuckDB database',
  recognises: ({ bytes }) => bytes.toString('latin1', 8, 12) === 'DUCK',
});

/** It begins with a message: a marker, and the length of what follows. */
function isArrowStream({ bytes }: Prefix): boolean {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 0xffff_ffff) return false;
  const length = bytes.readInt32LE(4);
  return length > 0 && length % 8 === 0 && length < 2 ** 24;
}
