import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Runs } from '../core/api';
import { UserError } from '../core/errors';
import type { Model } from '../core/model';
import { without } from '../core/objects';
import {
  type Algorithm,
  ALGORITHMS,
  type MetricPoint,
  type ProviderId,
  type Report,
  type Resources,
  resourcesOf,
  type Run,
  type TrainParams,
} from '../core/run';
import { addTrainingOptions } from './machine-options';
import type { Cli, MakeCli } from './context';
import { printLog } from './log';
import type { PrepareReport } from '../recipe/report';
import { hashText, leftText, rowsText } from '../words';
import { learntLines, metricsText } from './learnt';
import { reportLines } from './recipe-report';
import { leftOut, parseJson, table, unreadable } from './terminal';

function runText(run: Run): string {
  const made = run.model ? `\nmodel ${run.model.name}@${run.model.version}` : '';
  const dataset = run.dataset ? `\ndataset ${run.dataset.name}` : '';
  const data = run.data
    ? [
        `\ndata ${run.data.name}: ${rowsText(run.data)}, ${hashText(run.data.hash, 12)}`,
        ...unreadable(run.data.rejected ?? 0),
      ].join('\n')
    : '';
  const commit = run.commit
    ? `\ncommit ${run.commit.slice(0, 10)}${run.dirty ? ' with uncommitted changes' : ''}`
    : '';
  const place = run.place ? `\n${run.place.name} in ${run.place.region}: ${run.place.console}` : '';
  const spot =
    run.spotSaving === undefined
      ? ''
      : `\nSpot saved ${Math.round(run.spotSaving * 100)} % of the price on demand`;
  const error = run.error
    ? `\n${run.error.message}${run.error.fix === undefined ? '' : `\n→ ${run.error.fix}`}`
    : '';
  const metrics = metricsText(run.metrics);
  return `${run.id}: ${run.status}${run.stage === undefined ? '' : ` (${run.stage})`}${metrics === '' ? '' : `\n${metrics}`}${made}${dataset}${data}${commit}${place}${spot}${error}`;
}

/** Waits for the run's end and shows its stages meanwhile; Ctrl+C cancels the run. */
export async function waitForRun(cli: Cli, run: Run): Promise<Run> {
  const lifecycle = await cli.lifecycle();
  const cancel = (): void => void lifecycle.runs.cancel(run.id);
  cli.terminal.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await lifecycle.runs.wait(run.id, {
      onProgress: (value) => {
        const { status, stage, progress } = value as Run;
        const share = progress === undefined ? '' : ` ${Math.round(progress * 100)} %`;
        cli.terminal.progress(`${run.id}: ${status}${stage === undefined ? '' : `, ${stage}`}${share}`);
      },
    });
  } finally {
    cli.terminal.signal.removeEventListener('abort', cancel);
  }
}

/** The model or dataset that a run made, as far as it is still there. */
export async function madeBy(cli: Cli, run: Run): Promise<{ model?: Model; dataset?: Run['dataset'] }> {
  if (run.dataset) return { dataset: run.dataset };
  if (!run.model) return {};
  const { models } = await cli.lifecycle();
  try {
    return { model: await models.get(`${run.model.name}@${run.model.version}`) };
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return {};
    throw error;
  }
}

/** What a run tells beside its manifest: of the rows that it prepared, or of the model that it trained. */
async function reportsOf(
  cli: Cli,
  run: Run,
): Promise<{ reports: { prepared?: PrepareReport; report?: Report }; lines: readonly string[] }> {
  const { runs } = await cli.lifecycle();
  const prepared = run.kind === 'prepare' ? await runs.prepared(run.id) : undefined;
  const report = run.status === 'completed' ? await runs.report(run.id) : undefined;
  return {
    reports: { ...(prepared ? { prepared } : {}), ...(report ? { report } : {}) },
    lines: [...(prepared ? reportLines(prepared) : []), ...learntLines(report)],
  };
}

/** Prints a run as design.md says, and what the command has to add; a run that failed becomes the command's failure. */
export async function runAnswer(
  cli: Cli,
  run: Run,
  more: object = {},
  moreLines: readonly string[] = [],
): Promise<void> {
  const { reports, lines } = await reportsOf(cli, run);
  const made = await madeBy(cli, run);
  cli.terminal.answer(
    { run, ...made, ...reports, ...more },
    [runText(run), ...moreLines, ...lines].join('\n'),
  );
  if (run.status === 'failed') cli.exit(1);
  if (run.status === 'cancelled') cli.exit(130);
}

/** The run once it has ended. One that was cancelled while its files were still sent leaves nothing behind, not even its manifest. */
async function cancelled(runs: Runs, before: Run): Promise<Run> {
  try {
    await runs.cancel(before.id);
    return await runs.wait(before.id);
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
    return { ...without(before, 'stage', 'progress'), status: 'cancelled' };
  }
}

type Params = Record<string, string | number | boolean | null>;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
/** What is surely a number: 007 and 0x10 may be names. */
const NUMBER = /^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** `name=value`: a number, true, false or null where the value is written so, else text. */
function collectParam(pair: string, all: Params): Params {
  const at = pair.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It takes name=value.');
  return { ...all, [pair.slice(0, at)]: paramValue(pair.slice(at + 1)) };
}

function paramValue(text: string): Params[string] {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!NUMBER.test(text.trim())) return text;
  const number = Number(text);
  // Whole numbers of more digits than a double tells apart stay text, as they were written.
  const exact = /[.eE]/.test(text) ? Number.isFinite(number) : Number.isSafeInteger(number);
  return exact ? number : text;
}

function paramsOf(value: unknown): TrainParams {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as TrainParams;
  throw new UserError('invalid', '--params is no JSON object.', {
    fix: 'Give names and values: --params \'{"max_depth": 3}\'.',
  });
}

interface TrainOptions extends Resources {
  data: string;
  recipe?: string | false;
  target?: string;
  algorithm?: Algorithm;
  script?: string;
  param: Params;
  params?: string;
  model?: string;
  provider?: ProviderId;
  detach?: boolean;
}

function addTrain(program: Command, make: MakeCli): void {
  addTrainingOptions(program.command('train'))
    .description('train a model as a job')
    .requiredOption('--data <data>', 'a dataset or a file')
    .option('--recipe <file>', 'the recipe (default: the one beside the data)')
    .option('--no-recipe', 'train on the data as it is')
    .option('--target <column>', 'the column to predict (default: the recipe’s)')
    .addOption(
      new Option('--algorithm <name>', 'how the model is fitted (default: auto)').choices([...ALGORITHMS]),
    )
    .option('--script <file>', 'your own training script')
    .option('--param <name=value>', 'a parameter; may be repeated', collectParam, {})
    .option('--params <json>', 'parameters as one JSON object')
    .option('--model <name>', 'the model’s name (default: the data’s)')
    .option('--provider <id>', 'where the job runs')
    .option('--detach', 'do not wait for its end')
    .action(async (options: TrainOptions) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const given = options.params === undefined ? {} : paramsOf(parseJson(options.params, '--params'));
      const params: TrainParams = {
        ...given,
        ...options.param,
        ...(options.algorithm === undefined ? {} : { algorithm: options.algorithm }),
      };
      const run = await lifecycle.runs.train(
        {
          data: cli.data(options.data),
          params,
          ...(options.recipe === undefined
            ? {}
            : { recipe: options.recipe === false ? null : cli.file(options.recipe) }),
          ...(options.target === undefined ? {} : { target: options.target }),
          ...(options.script === undefined ? {} : { script: cli.file(options.script) }),
          ...(options.model === undefined ? {} : { model: options.model }),
          ...(options.provider === undefined ? {} : { provider: options.provider }),
          ...resourcesOf(options),
        },
        { signal: cli.terminal.signal },
      );
      await runAnswer(cli, options.detach ? run : await waitForRun(cli, run));
    });
}

async function printRunLog(cli: Cli, id: string, follow: boolean): Promise<void> {
  const { runs } = await cli.lifecycle();
  const runsOn = async (): Promise<boolean> =>
    !['completed', 'failed', 'cancelled'].includes((await runs.get(id)).status);
  await printLog(cli, (cursor) => runs.logs(id, cursor), follow ? runsOn : undefined);
}

export function addRunCommands(program: Command, make: MakeCli): void {
  addTrain(program, make);
  const runs = program.command('runs').description('submitted jobs');
  const api = async (): Promise<{ cli: Cli; runs: Awaited<ReturnType<Cli['lifecycle']>>['runs'] }> => {
    const cli = make();
    return { cli, runs: (await cli.lifecycle()).runs };
  };

  runs
    .command('list')
    .description('newest first')
    .action(async () => {
      const { cli, runs: all } = await api();
      const list = await all.list();
      const rows = list.map((run) => [run.id, run.kind, run.status, run.provider, metricsText(run.metrics)]);
      cli.terminal.answer(
        { runs: list, ...(await leftOut(cli.terminal, await cli.lifecycle(), 'runs')) },
        list.length === 0
          ? 'No runs yet: mll train --data FILE'
          : table(['run', 'kind', 'status', 'provider', 'metrics'], rows),
      );
    });
  runs
    .command('show')
    .argument('<run>')
    .description('everything about a run')
    .action(async (id: string) => {
      const { cli, runs: all } = await api();
      const run = await all.get(id);
      const made = await madeBy(cli, run);
      const { reports, lines } = await reportsOf(cli, run);
      cli.terminal.answer({ run, ...made, ...reports }, [runText(run), ...lines].join('\n'));
    });
  runs
    .command('logs')
    .argument('<run>')
    .option('-f, --follow', 'until it ends')
    .description('its log')
    .action(async (id: string, options: { follow?: boolean }) => {
      await printRunLog(make(), id, options.follow ?? false);
    });
  runs
    .command('metrics')
    .argument('<run>')
    .description('the points it has logged')
    .action(async (id: string) => {
      const { cli, runs: all } = await api();
      const items: MetricPoint[] = [];
      for (let cursor: string | undefined; ;) {
        const chunk = await all.metrics(id, cursor);
        if (chunk.items.length === 0) break;
        items.push(...chunk.items);
        ({ cursor } = chunk);
      }
      const rows = items.map((one) => [one.name, one.step, one.value]);
      cli.terminal.answer({ metrics: items }, table(['metric', 'step', 'value'], rows));
    });
  runs
    .command('cancel')
    .argument('<run>')
    .description('end it, with all its processes')
    .action(async (id: string) => {
      const { cli, runs: all } = await api();
      const run = await cancelled(all, await all.get(id));
      cli.terminal.answer({ run }, runText(run));
    });
  runs
    .command('rerun')
    .argument('<run>')
    .option('--detach', 'do not wait for its end')
    .description('the same again')
    .action(async (id: string, options: { detach?: boolean }) => {
      const { cli, runs: all } = await api();
      const run = await all.rerun(id);
      await runAnswer(cli, options.detach ? run : await waitForRun(cli, run));
    });
  runs
    .command('remove')
    .argument('<run>')
    .option('--here', 'its files at the provider stay')
    .description('delete a run that has ended, with its files at the provider (its model stays)')
    .action(async (id: string, { here = false }: { here?: boolean }) => {
      const { cli, runs: all } = await api();
      const left = here ? [] : await all.left(id, cli.terminal.signal);
      for (const one of left) cli.terminal.note(`  ${leftText(one)}`);
      if (left.length > 0 && !(await cli.terminal.agree('Remove the run with these files?', ''))) {
        throw new UserError('cancelled', 'Nothing was deleted.');
      }
      await all.remove(id, { here });
      cli.terminal.answer({ removed: id, files: left }, `${id} was removed.`);
    });

  program
    .command('compare')
    .argument('<run...>')
    .description('metrics and parameters of runs side by side')
    .action(async (ids: string[]) => {
      const { cli, runs: all } = await api();
      const list = await Promise.all(ids.map((id) => all.get(id)));
      const names = [...new Set(list.flatMap((run) => Object.keys(run.metrics)))];
      const params = [...new Set(list.flatMap((run) => Object.keys(run.params)))];
      const rows = [
        ...names.map((name) => [name, ...list.map((run) => run.metrics[name] ?? null)]),
        ...params.map((name) => [name, ...list.map((run) => String(run.params[name] ?? ''))]),
      ];
      cli.terminal.answer({ runs: list }, table(['', ...list.map((run) => run.id)], rows));
    });
}
