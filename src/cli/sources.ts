import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors';
import { fileError } from '../core/files';
import { queryLines } from '../core/query-estimate';
import type { QueryEstimate, QueryParams, SourceNode, SourceTable } from '../core/source';
import { parseSourceUri, parseTableUri, sourceUri } from '../core/source-uri';
import { bytes as bytesText, count, plural } from '../words';
import type { Cli, MakeCli } from './context';
import { pageText } from './page-text';
import { table, type Terminal, whole } from './terminal';

/** Prints what queries would read and cost, and asks. */
export async function agreeToQuery(terminal: Terminal, estimate: QueryEstimate): Promise<boolean> {
  for (const line of [estimate.action, ...queryLines(estimate)]) terminal.note(line);
  return terminal.agree(`${estimate.action}?`, '');
}

const nodeRow = (one: SourceNode): (string | number | null)[] => [
  one.uri,
  one.kind,
  [one.title, one.location, one.partitioned ? 'partitioned' : undefined]
    .filter((part) => part !== undefined)
    .join(', '),
];

async function list(cli: Cli, uri: string): Promise<void> {
  const { signal } = cli.terminal;
  const source = await (await cli.lifecycle()).sources.open('bigquery');
  const place = uri === '' ? '' : sourceUri(parseSourceUri(uri));
  const nodes: SourceNode[] = [];
  for (let next: string | undefined; ;) {
    const page = await source.list(place, next === undefined ? {} : { next }, signal);
    nodes.push(...page.nodes);
    if (page.next === undefined) break;
    next = page.next;
  }
  cli.terminal.answer(
    { nodes },
    nodes.length === 0 ? 'There is nothing in it.' : table(['address', 'kind', ''], nodes.map(nodeRow)),
  );
}

function tableText(one: SourceTable): string {
  const facts = [
    one.kind,
    one.rows === undefined ? undefined : `${count(one.rows)} rows`,
    one.bytes === undefined ? undefined : bytesText(one.bytes),
    one.location,
    one.partition &&
      `partitioned by ${one.partition.column}${one.partition.required ? ' (a query has to filter by it)' : ''}`,
    one.clustered && `clustered by ${one.clustered.join(', ')}`,
    one.modified && `modified ${one.modified}`,
  ];
  const columns = table(
    ['column', 'type'],
    one.columns.map(({ name, sqlType }) => [name, sqlType]),
  );
  return `${one.uri}: ${facts.filter((fact) => fact !== undefined).join(', ')}\n\n${columns}`;
}

interface SqlFlags {
  readonly dryRun?: boolean;
  readonly rows: number;
  readonly param?: readonly string[];
  readonly saveAs?: string;
  readonly as: 'table' | 'view';
  readonly replace?: boolean;
}

/** `name=value`, or `name:TYPE=value`. */
function paramsOf(given: readonly string[] = []): QueryParams {
  return Object.fromEntries(
    given.map((one) => {
      const [, name, type = 'STRING', value] = /^(\w+)(?::(\w+))?=(.*)$/s.exec(one) ?? [];
      if (name !== undefined && value !== undefined) return [name, { type: type.toUpperCase(), value }];
      throw new UserError('invalid', `"${one}" names no parameter and value.`, {
        fix: 'Write it as --param NAME=VALUE, or --param NAME:INT64=5 where it is no text.',
      });
    }),
  );
}

async function sql(cli: Cli, given: string, flags: SqlFlags): Promise<void> {
  const { terminal } = cli;
  const { signal } = terminal;
  const text = /\.sql$/i.test(given) ? await sqlFile(cli.file(given)) : given;
  const { sources } = await cli.lifecycle();
  const source = await sources.open('bigquery');
  const params = paramsOf(flags.param);
  if (flags.dryRun === true) {
    const { columns, ...read } = await source.dryRun(text, { action: 'Run the query', params }, signal);
    const estimate = await sources.priced(read);
    terminal.answer({ estimate, columns }, queryLines(estimate).join('\n'));
    return;
  }
  const asked = sources.asked({
    signal,
    onProgress: (value) => terminal.progress((value as { doing: string }).doing),
  });
  if (flags.saveAs !== undefined) {
    parseTableUri(flags.saveAs);
    const target = { table: flags.saveAs, as: flags.as, replace: flags.replace ?? false };
    const node = await source.save(text, target, asked);
    terminal.answer({ saved: node }, `${node.uri} is there now, a ${node.kind}.`);
    return;
  }
  const result = await source.query(text, { action: 'Run the query', params }, asked);
  const page = await source.resultPage(result.result, { offset: 0, limit: flags.rows }, signal);
  const cost = result.cached
    ? 'from the cache, nothing billed'
    : `${bytesText(result.bytes)} read, ${bytesText(result.billed)} billed`;
  terminal.answer(
    { ...page, bytes: result.bytes, billed: result.billed, cached: result.cached },
    `${pageText(page)}\n${cost}`,
  );
}

async function sqlFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
}

export function addSourceCommands(program: Command, make: MakeCli): void {
  const sources = program.command('sources').description('tables in BigQuery');

  sources
    .command('list')
    .argument('[uri]', 'bigquery://PROJECT/ or bigquery://PROJECT/DATASET/; of a table its partitions', '')
    .description('projects, datasets, tables and views, partitions; costs nothing')
    .action((uri: string) => list(make(), uri));

  sources
    .command('show')
    .argument('<uri>', 'bigquery://PROJECT/DATASET/TABLE')
    .description('a table’s columns, rows and bytes; costs nothing')
    .action(async (uri: string) => {
      const cli = make();
      const source = await (await cli.lifecycle()).sources.open(uri);
      const found = await source.schema(uri, cli.terminal.signal);
      cli.terminal.answer({ table: found }, tableText(found));
    });

  sources
    .command('sql')
    .argument('<query>', 'GoogleSQL, or a .sql file')
    .option('--dry-run', 'only what it would read and cost')
    .option('--param <name=value...>', 'a value of @name in the query; NAME:INT64=5 where it is no text')
    .option('--rows <n>', 'most rows to print', whole(0), 100)
    .option('--save-as <uri>', 'keep the result as a table or view')
    .addOption(new Option('--as <kind>', 'what is kept').choices(['table', 'view']).default('table'))
    .option('--replace', 'replace what is there')
    .description('a query where the data is; bytes and price are shown and agreed to first')
    .action((query: string, flags: SqlFlags) => sql(make(), query, flags));

  sources
    .command('export')
    .arguments('<uri> <to>')
    .description('a table as Parquet files in Cloud Storage: bigquery://P/D/T gs://BUCKET/FOLDER/*.parquet')
    .action(async (uri: string, to: string) => {
      const cli = make();
      const source = await (await cli.lifecycle()).sources.open(uri);
      const { files } = await source.exportTo(uri, to, { signal: cli.terminal.signal });
      cli.terminal.answer({ files, to }, `${uri} is in ${to}, ${plural(files, 'file')}.`);
    });
}
