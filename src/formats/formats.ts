import { extname } from 'node:path';
import type { FormatId } from '../core/table';
import type { ContainerFormat } from './container';
import { arrow, avro, duckdb, ods, sqlite, xls, xlsx } from './containers';
import { csv } from './csv';
import type { Prefix } from './format';
import { areLines, json } from './json';
import { jsonl } from './jsonl';
import { parquet } from './parquet';

/** Their first bytes tell them, whatever the file is called. */
const BINARY: readonly ContainerFormat[] = [parquet, ods, xlsx, xls, arrow, avro, sqlite, duckdb];

/** All table formats; the first that recognises the content wins. */
export const FORMATS: readonly ContainerFormat[] = [...BINARY, jsonl, json, csv];

/** The format with this id. */
export function formatById(id: FormatId): ContainerFormat {
  const found = FORMATS.find((format) => format.id === id);
  if (!found) throw new Error(`There is no format "${id}".`);
  return found;
}

/** The format of a file: what was chosen, else what its content says, else its ending, else delimited text. */
export function detectFormat(prefix: Prefix, chosen?: FormatId): ContainerFormat {
  if (chosen) return formatById(chosen);
  const binary = BINARY.find((format) => format.recognises(prefix));
  if (binary) return binary;
  const ending = extname(prefix.name).toLowerCase();
  const named = FORMATS.find(({ endings }) => endings.includes(ending));
  if (named === json && areLines(prefix)) return jsonl;
  return named ?? FORMATS.find((format) => format.recognises(prefix)) ?? csv;
}
