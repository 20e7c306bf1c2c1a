import { extname } from 'node:path';
import type { FormatId } from '../core/table';
import { csv } from './csv';
import type { Format, Prefix } from './format';
import { jsonl } from './jsonl';
import { parquet } from './parquet';

/** All table formats; the first that recognises the content wins. */
export const FORMATS: readonly Format[] = [parquet, jsonl, csv];

/** The format with this id. */
export function formatById(id: FormatId): Format {
  const found = FORMATS.find((format) => format.id === id);
  if (!found) throw new Error(`There is no format "${id}".`);
  return found;
}

/** The format of a file: what was chosen, else what its content says, else its ending, else delimited text. */
export function detectFormat(prefix: Prefix, chosen?: FormatId): Format {
  if (chosen) return formatById(chosen);
  const ending = extname(prefix.name).toLowerCase();
  const named = FORMATS.find(({ endings }) => endings.includes(ending));
  if (named) {
    // A text ending is believed, unless the content is plainly a binary table.
    if (named.id === 'csv' && parquet.recognises(prefix)) return parquet;
    return named;
  }
  return FORMATS.find((format) => format.recognises(prefix)) ?? csv;
}
