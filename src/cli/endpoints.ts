import type { Command } from 'commander';
import { UserError } from '../core/errors';
import type { Capacity, Endpoint, Latency, Prediction, Row } from '../core/model';
import type { ProviderId } from '../core/run';
import type { MakeCli } from './context';
import { printLog } from './log';
import { idleText, plural, servedText } from '../words';
import { leftOut, parseJson, table, unreadable, whole } from './terminal';

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const latencyText = (latency: Latency): string =>
  `latency p50 ${ms(latency.p50)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)}`;
const endpointText = (one: Endpoint): string =>
  `${one.name}: ${one.status}, ${servedText(one)}${one.url === undefined ? '' : `, ${one.url}`}${one.idle ? `\n${idleText(one.idle)}. ${idleFix(one)}` : ''}`;
/** What ends the cost of an endpoint that nobody asks. */
const idleFix = ({ name, model, version }: Endpoint): string =>
  `End it with "mll endpoints remove ${name}"; one that costs only while it answers: "mll deploy ${model}@${version} --serverless".`;

function predictionText(one: Prediction): string {
  if (one.error) return `✗ ${one.error.field}: ${one.error.message}`;
  const classes = Object.entries(one.probabilities ?? {})
    .sort((a, b) => b[1] - a[1])
    .map(([name, share]) => `${name} ${(share * 100).toFixed(1)} %`);
  return `${String(one.prediction)}${classes.length > 0 ? `  (${classes.join(', ')})` : ''}`;
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(
      (cell) => cell === null || ['string', 'number', 'boolean'].includes(typeof cell),
    )
  );
}

function rowsOf(value: unknown): readonly Row[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) {
    throw new UserError('invalid', '--row has no record to send.', {
      fix: 'Give one record, or a list of them: --row \'{"x": 1.5, "kind": "a"}\'.',
    });
  }
  const wrong = list.findIndex((one) => !isRow(one));
  if (wrong >= 0) {
    throw new UserError('invalid', `--row: element ${wrong + 1} is no flat record of names and values.`, {
      fix: 'Give one record, or a list of them: --row \'{"x": 1.5, "kind": "a"}\'.',
    });
  }
  return list.filter(isRow);
}

function addEndpointNoun(program: Command, make: MakeCli): void {
  const endpoints = program.command('endpoints').description('models that answer requests');
  endpoints
    .command('list')
    .description('all of the project')
    .action(async () => {
      const cli = make();
      const list = await (await cli.lifecycle()).endpoints.list();
      const rows = list.map((one) => [
        one.name,
        one.idle ? `${one.status}, ${idleText(one.idle)}` : one.status,
        `${one.model}@${one.version}`,
        one.provider,
        one.url ?? '',
      ]);
      cli.terminal.answer(
        { endpoints: list, ...(await leftOut(cli.terminal, await cli.lifecycle(), 'endpoints')) },
        list.length === 0
          ? 'No endpoints yet: mll deploy MODEL'
          : table(['name', 'status', 'model', 'provider', 'url'], rows),
      );
      for (const one of list) {
        if (one.idle) cli.terminal.note(`${one.name} costs although nobody asks it. ${idleFix(one)}`);
      }
    });
  endpoints
    .command('show')
    .argument('<endpoint>')
    .description('its state and address')
    .action(async (name: string) => {
      const cli = make();
      const endpoint = await (await cli.lifecycle()).endpoints.get(name);
      cli.terminal.answer({ endpoint }, endpointText(endpoint));
    });
  endpoints
    .command('logs')
    .argument('<endpoint>')
    .description('its log')
    .action(async (name: string) => {
      const cli = make();
      const { endpoints: all } = await cli.lifecycle();
      await printLog(cli, (cursor) => all.logs(name, cursor));
    });
  endpoints
    .command('rollback')
    .argument('<endpoint>')
    .description('return to the model before')
    .action(async (name: string) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const endpoint = await lifecycle.endpoints.rollback(name, { signal: cli.terminal.signal });
      cli.terminal.answer({ endpoint }, endpointText(endpoint));
    });
  endpoints
    .command('stop')
    .argument('<endpoint>')
    .description('end its process; the next request starts it again')
    .action(async (name: string) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      await lifecycle.endpoints.stop(name);
      const endpoint = await lifecycle.endpoints.get(name);
      cli.terminal.answer({ endpoint }, endpointText(endpoint));
    });
  endpoints
    .command('remove')
    .argument('<endpoint>')
    .description('end and forget it, with what it captured')
    .action(async (name: string) => {
      const cli = make();
      await (await cli.lifecycle()).endpoints.remove(name);
      cli.terminal.answer({ removed: name }, `${name} was removed.`);
    });
}

export function addEndpointCommands(program: Command, make: MakeCli): void {
  program
    .command('deploy')
    .argument('<model>', 'NAME or NAME@VERSION')
    .option('--name <endpoint>', 'the endpoint’s name (default: the model’s)')
    .option('--provider <id>', 'where it runs')
    .option('--machine <type>', 'the provider’s machine')
    .option('--instances <n>', 'so many machines', whole(1))
    .option('--serverless', 'machines only while there are requests')
    .description('make an endpoint of a model')
    .action(async (model: string, options: { name?: string; provider?: ProviderId } & Capacity) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      cli.terminal.progress(`deploying ${model}…`);
      const endpoint = await lifecycle.endpoints.deploy(
        { model, ...options },
        { signal: cli.terminal.signal },
      );
      cli.terminal.answer({ endpoint }, endpointText(endpoint));
    });
  addEndpointNoun(program, make);

  program
    .command('update')
    .arguments('<endpoint> <model>')
    .option('--traffic <percent>', 'so much of the requests; what serves keeps the rest', whole(1))
    .description('replace the model without dropping a request, or give it a part of the requests')
    .action(async (name: string, model: string, { traffic }: { traffic?: number }) => {
      const cli = make();
      const { endpoints } = await cli.lifecycle();
      const call = { signal: cli.terminal.signal };
      const isAll = traffic === undefined || traffic === 100;
      const endpoint = isAll
        ? await endpoints.update(name, model, call)
        : await endpoints.split(name, model, traffic, call);
      cli.terminal.answer({ endpoint }, endpointText(endpoint));
    });

  program
    .command('invoke')
    .argument('<endpoint>')
    .option('--row <json>', 'one record, or a list of them')
    .option('--file <rows>', 'a CSV, JSONL or Parquet file; predictions are written beside it')
    .option('-o, --output <file>', 'where to write them instead')
    .description('ask an endpoint')
    .action(async (name: string, options: { row?: string; file?: string; output?: string }) => {
      const cli = make();
      const { endpoints } = await cli.lifecycle();
      if (options.row !== undefined) {
        const rows = rowsOf(parseJson(options.row, '--row'));
        const result = await endpoints.invoke(name, rows, cli.terminal.signal);
        const lines = result.predictions.map(predictionText);
        cli.terminal.answer(result, [...lines, latencyText(result.latencyMs)].join('\n'));
        return;
      }
      if (options.file === undefined) {
        throw new UserError('invalid', 'There is nothing to send.', {
          fix: 'Give --row JSON or --file FILE.',
        });
      }
      const done = await endpoints.invokeFile(
        name,
        cli.file(options.file),
        options.output === undefined ? undefined : cli.file(options.output),
        {
          signal: cli.terminal.signal,
          onProgress: (rows) => cli.terminal.progress(`${plural(Number(rows), 'row')} sent`),
        },
      );
      cli.terminal.answer(
        done,
        [
          `${done.output}: ${plural(done.rows, 'row')}, ${done.errors} of them with an error; ${latencyText(done.latencyMs)}`,
          ...unreadable(done.rejected),
        ].join('\n'),
      );
    });

  program
    .command('load')
    .argument('<endpoint>')
    .option('--requests <n>', 'requests in all', whole(1), 200)
    .option('--concurrency <c>', 'at the same time', whole(1), 4)
    .description('send the example rows again and again, and measure')
    .action(async (name: string, options: { requests: number; concurrency: number }) => {
      const cli = make();
      const { endpoints } = await cli.lifecycle();
      const done = await endpoints.load(name, options.requests, options.concurrency, {
        signal: cli.terminal.signal,
        onProgress: (count) => cli.terminal.progress(plural(Number(count), 'request')),
      });
      cli.terminal.answer(
        done,
        `${plural(done.requests, 'request')} in ${done.seconds.toFixed(2)} s: ${done.perSecond.toFixed(0)} per second, ${plural(done.errors, 'error')}; ${latencyText(done.latencyMs)}`,
      );
    });
}
