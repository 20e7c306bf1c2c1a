import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../core/errors';
import { readText } from '../core/files';
import type { MonitorReport, RetrainResult } from '../core/monitor';
import type { MakeCli } from './context';
import { madeBy } from './runs';
import { EXIT, table } from './terminal';
import { columnsByReason, plural } from '../words';

function monitorText(report: MonitorReport): string {
  const { drift, latencyMs: latency } = report;
  const columns = Object.entries(drift.columns).map(([name, one]) => [
    name,
    one.test,
    Number(one.score.toPrecision(4)),
    one.threshold,
    one.drifted ? 'drifted' : '',
  ]);
  const verdict = drift.tooFew
    ? `drift: too few rows (${drift.rows} of 30)`
    : `drift: ${columns.filter((one) => one[4] === 'drifted').length} of ${plural(columns.length, 'column')} over ${plural(drift.rows, 'row')}${drift.drifted ? ': the data has drifted' : ''}`;
  const lines = [
    `${report.endpoint}: ${plural(report.requests, 'request')}, ${plural(report.rows, 'row')}, ${plural(report.errors, 'error')}`,
    latency
      ? `latency p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`
      : 'no latency measured yet',
    ...(report.measured
      ? [
          `measured by the provider: ${plural(report.measured.requests, 'request')}, ${plural(report.measured.errors, 'error')}, model p95 ${report.measured.latencyMs.p95.toFixed(1)} ms`,
        ]
      : []),
    verdict,
  ];
  if (columns.length > 0) lines.push(table(['column', 'test', 'score', 'threshold', ''], columns));
  const skipped = Object.entries(drift.skipped ?? {}).map(([column, reason]) => ({ column, reason }));
  for (const { columns: names, reason } of columnsByReason(skipped))
    lines.push(`not compared: ${names.join(', ')} (${reason.replace(/\.$/u, '')})`);
  if (report.predictionDrift) {
    const { test, score, threshold, drifted } = report.predictionDrift;
    lines.push(
      `prediction: ${test} ${score.toPrecision(4)} (threshold ${threshold})${drifted ? ' drifted' : ''}`,
    );
  }
  if (report.accuracy) {
    const { metric, value, training, labelled } = report.accuracy;
    lines.push(
      `${metric} on ${labelled} labelled rows: ${value.toPrecision(4)} (in training ${training.toPrecision(4)})`,
    );
  }
  return lines.join('\n');
}

function retrainText(result: RetrainResult): string {
  const names = [...new Set([...Object.keys(result.old.metrics), ...Object.keys(result.new.metrics)])];
  const rows = names.map((name) => [
    name,
    result.old.metrics[name] ?? null,
    result.new.metrics[name] ?? null,
  ]);
  const head = [
    'metric',
    `${result.old.model}@${result.old.version}`,
    `${result.new.model}@${result.new.version}`,
  ];
  return [
    table(head, rows),
    `gate ${result.gate.expression}: ${result.gate.held ? 'held' : 'did not hold'} (${result.gate.reason})`,
    result.promoted ? 'The endpoint now serves the new model.' : 'The endpoint’s model was not replaced.',
  ].join('\n');
}

const KINDS = ['drift', 'accuracy'] as const;
type Kind = (typeof KINDS)[number];

function failures(text: string): readonly Kind[] {
  return text.split(',').map((given) => {
    const kind = KINDS.find((one) => one === given.trim());
    if (kind) return kind;
    throw new InvalidArgumentError('It takes drift, accuracy, or both with a comma.');
  });
}

export function addMonitorCommands(program: Command, make: MakeCli): void {
  program
    .command('monitor')
    .argument('<endpoint>')
    .option('--since <time>', 'ISO 8601; rows captured before are left out')
    .option('--labels <data>', 'a table with the true target and the ids or inputs of the requests')
    .option('--psi', 'population stability index instead of the default tests')
    .option('--fail-on <what>', 'drift, accuracy or both with a comma: exit 3 when it is so', failures, [])
    .description('traffic against the training data: drift, accuracy, latency, errors')
    .action(
      async (
        name: string,
        options: { since?: string; labels?: string; psi?: boolean; failOn: readonly Kind[] },
      ) => {
        const cli = make();
        const lifecycle = await cli.lifecycle();
        const report = await lifecycle.endpoints.monitor(
          name,
          {
            ...(options.since === undefined ? {} : { since: options.since }),
            ...(options.labels === undefined ? {} : { labels: cli.data(options.labels) }),
            ...(options.psi === undefined ? {} : { psi: options.psi }),
          },
          { signal: cli.terminal.signal },
        );
        cli.terminal.answer(report, monitorText(report));
        const worse = report.accuracy?.worse ?? false;
        if (
          (options.failOn.includes('drift') && report.drift.drifted) ||
          (options.failOn.includes('accuracy') && worse)
        ) {
          cli.exit(EXIT.failedCheck);
        }
      },
    );

  program
    .command('retrain')
    .argument('<endpoint>')
    .option('--data <data>', 'the new data (default: the recorded dataset as it is now)')
    .option(
      '--gate <expression>',
      'for example "accuracy >= current - 0.01" (default: not worse on the main metric)',
    )
    .option('--promote', 'replace the endpoint’s model when the gate holds')
    .description('the recorded recipe and parameters again on new data; exit 3 when the gate does not hold')
    .action(async (name: string, options: { data?: string; gate?: string; promote?: boolean }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const result = await lifecycle.endpoints.retrain(
        name,
        { ...options, ...(options.data === undefined ? {} : { data: cli.data(options.data) }) },
        {
          signal: cli.terminal.signal,
          onProgress: (line) => cli.terminal.progress(typeof line === 'string' ? line : JSON.stringify(line)),
        },
      );
      cli.terminal.answer({ ...result, ...(await madeBy(cli, result.run)) }, retrainText(result));
      if (!result.gate.held) cli.exit(EXIT.failedCheck);
    });

  const cases = program.command('cases').description('saved requests with their expected answers');
  cases
    .command('run')
    .argument('<file>', 'NAME.cases.yaml')
    .option('--endpoint <name>', 'another endpoint than the file names')
    .description('send each; exit 3 when one fails')
    .action(async (file: string, options: { endpoint?: string }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const found = cli.file(file);
      const text = await readText(found);
      if (text === undefined) {
        throw new UserError('notFound', `There is no file ${found}.`, { fix: 'Check its name.' });
      }
      const parsed = lifecycle.cases.parse(text, file);
      const endpoint = options.endpoint ?? parsed.endpoint;
      const results = await lifecycle.cases.run(endpoint, parsed.cases, { signal: cli.terminal.signal });
      const lines = results.map(
        (one) => `${one.passed ? '✓' : '✗'} ${one.name}: ${one.message} (${one.latencyMs.toFixed(1)} ms)`,
      );
      cli.terminal.answer({ endpoint, results }, lines.join('\n'));
      if (results.some((one) => !one.passed)) cli.exit(EXIT.failedCheck);
    });
}
