import Papa from 'papaparse';
import { UserError } from './errors';
import type { Field, Row, Signature } from './model';
import type { Cell } from './table';

/** Rows of pasted text: JSON (a record, a list, `instances`, `dataframe_split`, `dataframe_records`, or one record per line) or CSV with a header. */
export function parseRows(text: string, signature: Signature): readonly Row[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') {
    throw new UserError('invalid', 'There is nothing to send: the text is empty.', {
      fix: 'Paste a JSON record, a list of records, or CSV with a header.',
    });
  }
  const rows = /^[[{]/.test(trimmed) ? fromJson(trimmed) : fromCsv(trimmed, signature);
  if (rows.length === 0) {
    throw new UserError('invalid', 'There are no rows in the text.', {
      fix: 'Paste at least one record, or CSV with a header and one line.',
    });
  }
  return rows;
}

function fromJson(text: string): readonly Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const lines = fromLines(text);
    if (lines) return lines;
    throw new UserError(
      'invalid',
      `The text is no valid JSON: ${error instanceof Error ? error.message : ''}`,
      {
        fix: 'Mend it there, or paste CSV with a header.',
        cause: error,
      },
    );
  }
  return records(value);
}

function fromLines(text: string): readonly Row[] | undefined {
  try {
    return text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .map((line, index) => record(JSON.parse(line), index));
  } catch {
    return undefined;
  }
}

function records(value: unknown): readonly Row[] {
  if (Array.isArray(value)) return value.map(record);
  if (isObject(value)) {
    if (Array.isArray(value.instances)) return value.instances.map(record);
    if (Array.isArray(value.dataframe_records)) return value.dataframe_records.map(record);
    if (isObject(value.dataframe_split)) return fromSplit(value.dataframe_split);
  }
  return [record(value, 0)];
}

function fromSplit(split: Readonly<Record<string, unknown>>): readonly Row[] {
  const { columns, data } = split;
  if (!Array.isArray(columns) || !Array.isArray(data)) {
    throw new UserError('invalid', 'A dataframe_split needs "columns" and "data", both lists.', {
      fix: 'Write it as {"dataframe_split": {"columns": ["a"], "data": [[1]]}}.',
    });
  }
  return data.map((cells: unknown, index) => {
    if (!Array.isArray(cells) || cells.length !== columns.length) {
      throw new UserError(
        'invalid',
        `Row ${index + 1} of the data has not ${columns.length} values, as many as there are columns.`,
        { fix: 'Give each row one value for each column; null for a missing one.' },
      );
    }
    return record(
      Object.fromEntries(columns.map((name, place) => [String(name), cells[place] as unknown])),
      index,
    );
  });
}

function record(value: unknown, index: number): Row {
  if (!isObject(value)) {
    throw new UserError('invalid', `Row ${index + 1} is no record of columns and values.`, {
      fix: 'Write it as {"column": value, …}.',
    });
  }
  const cells = Object.entries(value).map(([name, cell]): [string, Cell] => {
    if (cell === null || typeof cell === 'string' || typeof cell === 'boolean') return [name, cell];
    // 1e999 is valid JSON and reads as infinity: sent as text, the endpoint refuses it by name.
    if (typeof cell === 'number') return [name, Number.isFinite(cell) ? cell : String(cell)];
    throw new UserError(
      'invalid',
      `Row ${index + 1}: "${name}" is a list or a record; a column holds one value.`,
      { fix: 'Write text, a number, true, false or null.' },
    );
  });
  return Object.fromEntries(cells);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromCsv(text: string, signature: Signature): readonly Row[] {
  const parsed = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy' });
  const [header, ...lines] = parsed.data;
  const fields = new Map(signature.inputs.map((field) => [field.name, field]));
  const names = (header ?? []).map((name) => name.trim());
  if (!names.some((name) => fields.has(name))) {
    throw new UserError('invalid', 'The first line names none of the columns that the model takes.', {
      fix: `Paste CSV with a header (${signature.inputs
        .slice(0, 6)
        .map((field) => field.name)
        .join(', ')} …), or JSON.`,
    });
  }
  return lines.map((cells, index) => {
    if (cells.length !== names.length) {
      throw new UserError(
        'invalid',
        `Line ${index + 2} has ${cells.length} values, the header ${names.length}.`,
        {
          fix: 'Put values that hold the separator between double quotes.',
        },
      );
    }
    return Object.fromEntries(
      names.map((name, place) => [name, typed(cells[place] ?? '', fields.get(name))]),
    );
  });
}

/** An empty cell is missing; text that does not fit the column's type stays text, so that the endpoint names the field. */
function typed(cell: string, field: Field | undefined): Cell {
  if (cell.trim() === '') return null;
  switch (field?.type) {
    case 'integer':
    case 'number': {
      const value = Number(cell);
      // A whole number beyond 2^53 would lose digits as a number.
      const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
      return exact ? value : cell;
    }
    case 'boolean':
      if (/^true$/i.test(cell.trim())) return true;
      return /^false$/i.test(cell.trim()) ? false : cell;
    default:
      return cell;
  }
}
