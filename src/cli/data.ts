import { type Command, Option } from 'commander';
import type { ScanProgress } from '../protocol';
import { UserError } from '../core/errors';
import type { Dataset } from '../core/run';
import type { Cell, ColumnProfile, Dialect, Profile } from '../core/table';
import type { Cli, MakeCli } from './context';
import { pageText } from './page-text';
import { runSql, type SqlOptions } from './sql';
import { leftOut, table, whole } from './terminal';
import { bytes as bytesText } from '../words';

const text = (cell: Cell): string => (cell === null ? '' : String(cell));
const brief = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(6))));

const rowsText = ({ rows, estimated }: Dataset): string =>
  `${estimated === true ? 'about ' : ''}${rows} rows`;

function profileText(profile: Profile): string {
  const rows = profile.columns.map((column) => [
    column.name,
    column.type,
    column.missing,
    `${column.distinctExact ? '' : '≈'}${column.distinct}`,
    text(column.min),
    text(column.max),
    brief(column.mean),
    column.top
      .slice(0, 3)
      .map((one) => `${text(one.value)} (${one.count})`)
      .join(', '),
  ]);
  if (rows.length === 0) return 'The file is empty: it has neither columns nor rows.';
  const rejects = profile.rejects.map((one) => `line ${one.line}: ${one.reason}: ${one.raw.slice(0, 120)}`);
  const summary = `${profile.exact ? '' : 'sample of '}${profile.rows} rows, ${profile.rejected} records could not be read`;
  return [
    table(['column', 'type', 'missing', 'distinct', 'min', 'max', 'mean', 'top'], rows),
    summary,
    ...rejects,
  ].join('\n');
}

function differences(a: Profile, b: Profile): { document: object; text: string } {
  const names = (profile: Profile): Map<string, ColumnProfile> =>
    new Map(profile.columns.map((column) => [column.name, column]));
  const [left, right] = [names(a), names(b)];
  const removed = [...left.keys()].filter((name) => !right.has(name));
  const added = [...right.keys()].filter((name) => !left.has(name));
  const columns = [...left.values()].flatMap((one) => {
    const other = right.get(one.name);
    return other ? [{ name: one.name, a: one, b: other }] : [];
  });
  const rows = columns.map(({ name, a: one, b: other }) => [
    name,
    one.type === other.type ? one.type : `${one.type} → ${other.type}`,
    `${one.missing} → ${other.missing}`,
    `${one.distinct} → ${other.distinct}`,
    `${brief(one.mean)} → ${brief(other.mean)}`,
  ]);
  const document = {
    rows: { a: a.rows, b: b.rows },
    removed,
    added,
    columns: columns.map(({ name, a: one, b: other }) => ({
      name,
      type: [one.type, other.type],
      missing: [one.missing, other.missing],
      distinct: [one.distinct, other.distinct],
      mean: [one.mean, other.mean],
    })),
  };
  const lines = [
    `rows ${a.rows} → ${b.rows}`,
    ...(removed.length > 0 ? [`columns gone: ${removed.join(', ')}`] : []),
    ...(added.length > 0 ? [`columns new: ${added.join(', ')}`] : []),
    table(['column', 'type', 'missing', 'distinct', 'mean'], rows),
  ];
  return { document, text: lines.join('\n') };
}

function showScan(cli: Cli): (value: unknown) => void {
  return (value) => {
    const { rows, bytes } = value as Partial<ScanProgress>;
    if (rows !== undefined && bytes !== undefined) cli.terminal.progress(`${rows} rows read`);
  };
}

interface DialectOptions extends Partial<Dialect> {
  readonly detect?: boolean;
}

const SIGNS: Readonly<Record<string, string>> = { tab: '\t', none: '', space: ' ' };

function chosenDialect({ delimiter, quote, ...rest }: Partial<Dialect>): Partial<Dialect> {
  return {
    ...rest,
    ...(delimiter === undefined ? {} : { delimiter: SIGNS[delimiter] ?? delimiter }),
    ...(quote === undefined ? {} : { quote: SIGNS[quote] ?? quote }),
  };
}

export function addDataCommands(program: Command, make: MakeCli): void {
  const data = program.command('data').description('datasets and files');

  data
    .command('add')
    .description('name a file (or a glob of equal files, or s3://BUCKET/KEY) as a dataset')
    .argument('<path>')
    .option('--name <name>', 'the dataset’s name (default: the file’s)')
    .action(async (file: string, options: { name?: string }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const dataset = await lifecycle.datasets.add(cli.data(file), options, {
        signal: cli.terminal.signal,
        onProgress: showScan(cli),
      });
      cli.terminal.answer(
        { dataset },
        `${dataset.name}: ${rowsText(dataset)}, ${dataset.columns.length} columns, ${dataset.bytes} bytes`,
      );
    });

  data
    .command('list')
    .description('the project’s datasets')
    .action(async () => {
      const cli = make();
      const datasets = await (await cli.lifecycle()).datasets.list();
      const rows = datasets.map((one) => [one.name, one.rows, one.columns.length, one.source.path]);
      cli.terminal.answer(
        { datasets, ...(await leftOut(cli.terminal, await cli.lifecycle(), 'datasets')) },
        datasets.length === 0
          ? 'No datasets yet: mll data add FILE'
          : table(['name', 'rows', 'columns', 'path'], rows),
      );
    });

  data
    .command('show')
    .argument('<name>')
    .description('where a dataset lies, its columns and its version')
    .action(async (name: string) => {
      const cli = make();
      const dataset = await (await cli.lifecycle()).datasets.get(name);
      const columns = table(
        ['column', 'type'],
        dataset.columns.map((one) => [one.name, one.type]),
      );
      cli.terminal.answer(
        { dataset },
        `${dataset.name}: ${dataset.source.path}\n${rowsText(dataset)}, ${dataset.hash.startsWith('etag:') ? '' : 'sha-256 '}${dataset.hash}\n\n${columns}`,
      );
    });

  data
    .command('fetch')
    .argument('<name>', 'a dataset or an address in a store')
    .description('bring a table in a store onto this machine, into .ml/cache, for jobs and recipes')
    .action(async (name: string) => {
      const cli = make();
      const { datasets } = await cli.lifecycle();
      const path = await datasets.fetch(cli.data(name), {
        signal: cli.terminal.signal,
        onProgress: (value) => {
          const { bytes, totalBytes } = value as { bytes: number; totalBytes: number };
          cli.terminal.progress(`${bytesText(bytes)} of ${bytesText(totalBytes)}`);
        },
      });
      cli.terminal.answer({ path }, path);
    });

  data
    .command('preview')
    .argument('<name>', 'a dataset or a file')
    .option('--rows <n>', 'rows', whole(0), 100)
    .option('--offset <k>', 'first row, from 0', whole(0), 0)
    .description('rows of a table')
    .action(async (name: string, options: { rows: number; offset: number }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const page = await lifecycle.datasets.preview(
        cli.data(name),
        options.rows,
        options.offset,
        cli.terminal.signal,
      );
      cli.terminal.answer(page, pageText(page));
    });

  data
    .command('profile')
    .argument('<name>', 'a dataset or a file')
    .description('every column’s facts, and the records that could not be read')
    .action(async (name: string) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const profile = await lifecycle.datasets.profile(cli.data(name), {
        signal: cli.terminal.signal,
        onProgress: showScan(cli),
      });
      cli.terminal.answer(profile, profileText(profile));
    });

  data
    .command('dialect')
    .argument('<name>', 'a dataset or a text file')
    .option('--encoding <label>', 'utf-8, windows-1252, utf-16le, shift_jis …')
    .option('--delimiter <sign>', 'one character; "tab" for a tab')
    .option('--quote <sign>', 'one character; "none" for none')
    .option('--header', 'the first line names the columns')
    .option('--no-header', 'the first line is a row')
    .option('--skip <lines>', 'lines above the table', whole(0))
    .addOption(new Option('--decimal <sign>', 'the decimal sign').choices(['.', ',']))
    .option('--detect', 'forget what was chosen')
    .description('how a text table is read from now on, by everything; without options: how it is read now')
    .action(async (name: string, { detect, ...options }: DialectOptions) => {
      const cli = make();
      const { datasets } = await cli.lifecycle();
      const file = cli.data(name);
      const before = (await datasets.source(file)).dialect ?? {};
      const chosen = chosenDialect(options);
      const source =
        detect === true || Object.keys(chosen).length > 0
          ? await datasets.setDialect(file, detect === true ? undefined : { ...before, ...chosen })
          : await datasets.source(file);
      const opened = await cli.engine.call('open', { source }, { signal: cli.terminal.signal });
      await cli.engine.call('close', { table: opened.table });
      if (!opened.dialect) {
        throw new UserError('unsupported', `${name} is no delimited text, so there is nothing to choose.`, {
          fix: 'This is for CSV, TSV and other delimited text.',
        });
      }
      const columns = opened.columns.map((one) => one.name);
      cli.terminal.answer(
        { dialect: opened.dialect, chosen: source.dialect ?? {}, columns },
        table(
          ['part', 'value', ''],
          Object.entries(opened.dialect).map(([part, value]) => [
            part,
            JSON.stringify(value),
            part in (source.dialect ?? {}) ? 'chosen' : 'detected',
          ]),
        ),
      );
    });

  data
    .command('sql')
    .argument('<query>', 'SELECT … FROM a dataset’s name, or a .sql file')
    .option('--data <file>', 'a dataset or file that is called data in the query')
    .option('-o, --output <file>', 'write all rows to a .parquet, .csv, .tsv or .jsonl file')
    .option('--rows <n>', 'most rows to print', whole(0), 100)
    .description('a query over the project’s datasets')
    .action((query: string, options: SqlOptions) => runSql(make(), query, options));

  data
    .command('diff')
    .arguments('<a> <b>')
    .description('two tables side by side: rows, columns, types, missing, distinct, mean')
    .action(async (a: string, b: string) => {
      const cli = make();
      const { datasets } = await cli.lifecycle();
      const call = { signal: cli.terminal.signal };
      const { document, text: lines } = differences(
        await datasets.profile(cli.data(a), call),
        await datasets.profile(cli.data(b), call),
      );
      cli.terminal.answer(document, lines);
    });

  data
    .command('remove')
    .argument('<name>')
    .description('forget a dataset (the file stays)')
    .action(async (name: string) => {
      const cli = make();
      await (await cli.lifecycle()).datasets.remove(name);
      cli.terminal.answer({ removed: name }, `${name} is no longer a dataset; its file was not touched.`);
    });
}
