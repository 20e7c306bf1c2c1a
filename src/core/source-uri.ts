import { UserError } from './errors';

/** Which kind of source: something that holds tables. */
export type SourceId = 'bigquery';

/** The sources by the beginning of their addresses, with the name that people know. */
export const SOURCES = { bigquery: 'BigQuery' } as const satisfies Record<SourceId, string>;
export type SourceScheme = keyof typeof SOURCES;

/** Where something lies in a source, from the outermost to the innermost; '' for a part that is not named. */
export interface SourceAddress {
  readonly scheme: SourceScheme;
  readonly project: string;
  readonly dataset: string;
  /** With `$…` for one partition. */
  readonly table: string;
}

const URI = /^(bigquery):\/\//i;
const PART = /^[^/`\s]+$/;

/** True for text that is meant as an address in a source (`bigquery://…`), right or wrong. */
export const isSourceUri = (text: string): boolean => URI.test(text);

/** Takes `bigquery://project/dataset/table` apart; what is behind is missing may be left out. A UserError says what is wrong. */
export function parseSourceUri(text: string): SourceAddress {
  const rest = text.replace(URI, '');
  const parts = rest.replace(/\/$/, '').split('/');
  const [project = '', dataset = '', table = ''] = parts;
  const isWrong =
    !isSourceUri(text) || parts.length > 3 || (rest !== '' && parts.some((one) => !PART.test(one)));
  if (isWrong) throw badUri(text, 'it is not made of a project, a dataset and a table');
  return { scheme: 'bigquery', project, dataset, table };
}

/** An address of one table. */
export function parseTableUri(text: string): SourceAddress {
  const address = parseSourceUri(text);
  if (address.table !== '') return address;
  throw badUri(text, address.dataset === '' ? 'it names no dataset and no table' : 'it names no table');
}

/** The address as text; the reverse of {@link parseSourceUri}. Everything but a table ends in `/`. */
export function sourceUri({ scheme, project, dataset, table }: SourceAddress): string {
  const parts = [project, dataset, table].filter((one) => one !== '');
  return `${scheme}://${parts.join('/')}${table !== '' || project === '' ? '' : '/'}`;
}

/** The table's own name, without its partition. */
export const tableName = (uri: string): string => parseSourceUri(uri).table.replace(/\$.*$/, '');

function badUri(text: string, why: string): UserError {
  return new UserError('invalid', `"${text}" is no address in a source: ${why}.`, {
    fix: 'Write it as bigquery://PROJECT/DATASET/TABLE.',
  });
}
