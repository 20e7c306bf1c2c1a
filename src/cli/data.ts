import { type Command, Option } from 'commander';
import type { ScanProgress } from '../protocol';
import { UserError } from '../core/errors';
import type { Cell, ColumnProfile, Dialect, Profile } from '../core/table';
import { type ChecksOptions, printChecks } from './checks';
import type { Cli, MakeCli } from './context';
import { exportData, type ExportOptions } from './export';
import { type EditOptions, editCell } from './edit';
import { pageText } from './page-text';
import { runChart } from './chart';
import { runSql, type SqlOptions } from './sql';
import { leftOut, table, visible, whole } from './terminal';
import { bytes as bytesText, hashText, plural, rowsText } from '../words';
import { unfitText } from '../words-table';

const text = (cell: Cell): string => (cell === null ? '' : String(cell));
const brief = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(6))));

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
  if (rows.length === 0)
    return ['The file is empty: it has neither columns nor rows.', ...(profile.notes ?? [])].join('\n');
  const rejects = profile.rejects.map(
    (one) =>
      `${one.file === undefined ? '' : `${one.file}, `}line ${one.line}: ${one.reason}: ${visible(one.raw.slice(0, 120))}`,
  );
  const summary = `${profile.exact ? '' : 'sample of '}${plural(profile.rows, 'row')}, ${plural(profile.rejected, 'record')} could not be read`;
  return [
    table(['column', 'type', 'missing', 'distinct', 'min', 'max', 'mean', 'top'], rows),
    summary,
    ...rejects,
    ...(profile.unfit ?? []).map(unfitText),
    ...(profile.notes ?? []),
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
    if (rows !== undefined && bytes !== undefined) cli.terminal.progress(`${plural(rows, 'row')} read`);
  };
}

interface DialectOptions extends Partial<Omit<Dialect, 'missing' | 'cuts'>> {
  readonly cuts?: string;
  readonly detect?: boolean;
  readonly missing?: readonly string[];
}

const SIGNS: Readonly<Record<string, string>> = { tab: '\t', none: '', space: ' ' };

function chosenDialect(
  { delimiter, cuts, quote, thousands, missing, ...rest }: Omit<DialectOptions, 'detect'>,
  before: Partial<Dialect>,
): Partial<Dialect> {
  return {
    ...rest,
    ...(cuts === undefined ? {} : { cuts: placesIn(cuts) }),
    ...(missing === undefined ? {} : { missing: missingTexts(missing, before.missing) }),
    ...(delimiter === undefined ? {} : { delimiter: SIGNS[delimiter] ?? delimiter }),
    ...(thousands === undefined ? {} : { thousands: SIGNS[thousands] ?? thousands }),
    ...(quote === undefined ? {} : { quote: SIGNS[quote] ?? quote }),
  };
}

/** `1,12,24`; "none" is none. */
function placesIn(text: string): readonly number[] {
  if (text === 'none') return [];
  const places = text.split(',').map(Number);
  if (places.every((one, at) => Number.isInteger(one) && one > (places[at - 1] ?? 0))) return places;
  throw new UserError('invalid', `"${text}" are no places in a line.`, {
    fix: 'Write them ascending, counted from 1, with commas: --cuts 1,12,24.',
  });
}

/** `amount=N/A`, added to those that were chosen before. */
function missingTexts(
  given: readonly string[],
  before: Dialect['missing'] = {},
): NonNullable<Dialect['missing']> {
  return given.reduce<Record<string, readonly string[]>>(
    (all, one) => {
      const at = one.indexOf('=');
      if (at < 1) {
        throw new UserError('invalid', `"${one}" names no column and text.`, {
          fix: 'Write it as --missing COLUMN=TEXT, for example --missing amount=N/A.',
        });
      }
      const [column, text] = [one.slice(0, at), one.slice(at + 1).trim()];
      return { ...all, [column]: [...new Set([...(all[column] ?? []), text])] };
    },
    { ...before },
  );
}

export function addDataCommands(program: Command, make: MakeCli): void {
  const data = program.command('data').description('datasets and files');

  data
    .command('add')
    .description(
      'name a file, a folder of equal files, a pattern (sales/*.parquet), s3://BUCKET/KEY or bigquery://PROJECT/DATASET/TABLE as a dataset',
    )
    .argument('<path>')
    .option('--name <name>', 'the dataset’s name (default: the file’s)')
    .option('--table <name>', 'the sheet or table of the file to read from now on')
    .action(async (file: string, { table: sheet, ...options }: { name?: string; table?: string }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      if (sheet !== undefined) await lifecycle.datasets.chooseTable(cli.data(file), sheet);
      const dataset = await lifecycle.datasets.add(cli.data(file), options, {
        signal: cli.terminal.signal,
        onProgress: showScan(cli),
      });
      cli.terminal.answer(
        { dataset },
        `${dataset.name}: ${rowsText(dataset)}, ${plural(dataset.columns.length, 'column')}, ${bytesText(dataset.bytes)}`,
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
        `${dataset.name}: ${dataset.source.path}\n${rowsText(dataset)}, ${hashText(dataset.hash)}\n\n${columns}`,
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
    .option('--table <name>', 'the sheet or table of the file to look at')
    .option('--rows <n>', 'rows', whole(0), 100)
    .option('--offset <k>', 'first row, from 0', whole(0), 0)
    .description('rows of a table')
    .action(async (name: string, options: { rows: number; offset: number; table?: string }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const page = await lifecycle.datasets.preview(
        cli.data(name),
        options.rows,
        options.offset,
        cli.terminal.signal,
        options.table,
      );
      cli.terminal.answer(page, pageText(page));
    });

  data
    .command('profile')
    .argument('<name>', 'a dataset or a file')
    .option('--table <name>', 'the sheet or table of the file to look at')
    .description('every column’s facts, and the records that could not be read')
    .action(async (name: string, options: { table?: string }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const call = { signal: cli.terminal.signal, onProgress: showScan(cli) };
      const profile = await lifecycle.datasets.profile(cli.data(name), call, options.table);
      cli.terminal.answer(profile, profileText(profile));
    });

  data
    .command('tables')
    .argument('<name>', 'a dataset or a file')
    .option('--choose <name>', 'the one that everything reads from now on')
    .description('the sheets of a workbook, or the tables of a database')
    .action(async (name: string, { choose }: { choose?: string }) => {
      const cli = make();
      const { datasets } = await cli.lifecycle();
      const file = cli.data(name);
      if (choose !== undefined) await datasets.chooseTable(file, choose);
      const tables = await datasets.tables(file);
      const chosen = (await datasets.source(file)).table ?? tables[0];
      cli.terminal.answer(
        { tables, ...(chosen === undefined ? {} : { chosen }) },
        tables.length === 0
          ? 'The file holds one table, without a name.'
          : tables.map((one) => (one === chosen ? `${one} (chosen)` : one)).join('\n'),
      );
    });

  data
    .command('dialect')
    .argument('<name>', 'a dataset or a text file')
    .option('--encoding <label>', 'utf-8, windows-1252, utf-16le, shift_jis …')
    .option('--delimiter <sign>', 'one character; "tab" for a tab')
    .option(
      '--cuts <places>',
      'with --delimiter space: the places in a line at which its cells begin, such as 1,12,24; "none" where one blank or more divides them',
    )
    .option('--quote <sign>', 'one character; "none" for none')
    .option('--header', 'the first line names the columns')
    .option('--no-header', 'the first line is a row')
    .option('--skip <lines>', 'lines above the table', whole(0))
    .addOption(new Option('--decimal <sign>', 'the decimal sign').choices(['.', ',']))
    .option('--thousands <sign>', 'between groups of three digits; "space", or "none" for nothing')
    .option(
      '--missing <column=text...>',
      'what stands for a missing value in a column, such as amount=N/A; in addition to what was chosen before',
    )
    .option('--detect', 'forget what was chosen')
    .description('how a text table is read from now on, by everything; without options: how it is read now')
    .action(async (name: string, { detect, ...options }: DialectOptions) => {
      const cli = make();
      const { datasets } = await cli.lifecycle();
      const file = cli.data(name);
      const before = (await datasets.source(file)).dialect ?? {};
      const chosen = chosenDialect(options, before);
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
    .command('export')
    .argument('<name>', 'a dataset or a file')
    .requiredOption('-o, --output <file>', 'a .csv, .tsv, .parquet, .jsonl or .xlsx file')
    .option('--table <name>', 'the sheet or table of the file')
    .option('--columns <names...>', 'only these, in this order')
    .description('all rows of a table as a file (a part of them: mll data sql … -o FILE)')
    .action((name: string, options: ExportOptions) => exportData(make(), name, options));

  data
    .command('checks')
    .argument('<name>', 'a dataset or a file')
    .option('--target <column>', 'what is to be predicted: small classes, columns that give it away')
    .option('--against <name>', 'another dataset or file: rows that are in both')
    .description('what in a table is worth a look: repeated rows, odd values, personal data …')
    .action((name: string, options: ChecksOptions) => printChecks(make(), name, options));

  data
    .command('edit')
    .argument('<file>', 'a CSV, TSV or other text table of this machine')
    .requiredOption('--row <n>', 'the row, from 1', whole(1))
    .requiredOption('--column <name>', 'the column')
    .requiredOption('--value <text>', 'what the cell holds from now on; "" for missing')
    .description('put a text into one cell; every other byte of the file stays as it is')
    .action((name: string, options: EditOptions) => editCell(make(), name, options));

  data
    .command('chart')
    .argument('[name]', 'a dataset or a file (default: the one that the chart names)')
    .requiredOption('--spec <file>', 'a .chart.yaml file, as the chart view saves it')
    .description('the numbers of a chart')
    .action((name: string | undefined, { spec }: { spec: string }) => runChart(make(), name, spec));

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
