import type { Command } from 'commander';
import { type ProviderId, type Resources, resourcesOf } from '../core/run';
import { addMachineOptions } from './machine-options';
import type { MakeCli } from './context';
import { runAnswer, waitForRun } from './runs';
import { leftOut, table } from './terminal';

export function addModelCommands(program: Command, make: MakeCli): void {
  const models = program.command('models').description('what training left');

  models
    .command('list')
    .description('newest version first')
    .action(async () => {
      const cli = make();
      const list = await (await cli.lifecycle()).models.list();
      const rows = list.map((one) => [
        `${one.name}@${one.version}`,
        one.algorithm,
        one.target,
        one.mainMetric,
        Number((one.metrics[one.mainMetric] ?? Number.NaN).toPrecision(5)),
        one.created,
      ]);
      cli.terminal.answer(
        { models: list, ...(await leftOut(cli.terminal, await cli.lifecycle(), 'models')) },
        list.length === 0
          ? 'No models yet: mll train --data FILE'
          : table(['model', 'algorithm', 'target', 'metric', 'value', 'created'], rows),
      );
    });

  models
    .command('show')
    .argument('<model>', 'NAME or NAME@VERSION')
    .description('its facts and its signature')
    .action(async (reference: string) => {
      const cli = make();
      const api = (await cli.lifecycle()).models;
      const model = await api.get(reference);
      const signature = await api.signature(reference);
      const report = await api.report(reference);
      const inputs = signature.inputs.map((field) => [
        field.name,
        field.type,
        field.required ? 'yes' : field.unread === true ? 'never read' : 'no',
        field.categories
          ? field.categories.slice(0, 6).join(', ')
          : `${field.min ?? ''} – ${field.max ?? ''}`,
      ]);
      const lines = [
        `${model.name}@${model.version}: ${model.algorithm} for ${model.target} (${model.task}), run ${model.run}`,
        ...Object.entries(model.metrics).map(([name, value]) => `  ${name} ${value}`),
        '',
        table(['field', 'type', 'required', 'values'], inputs),
      ];
      cli.terminal.answer({ model, signature, ...(report ? { report } : {}) }, lines.join('\n'));
    });

  models
    .command('export')
    .arguments('<model> <folder>')
    .description('copy the package, a valid MLmodel folder')
    .action(async (reference: string, folder: string) => {
      const cli = make();
      const target = await (await cli.lifecycle()).models.export(reference, cli.file(folder));
      cli.terminal.answer({ folder: target }, target);
    });

  models
    .command('remove')
    .argument('<model>', 'NAME@VERSION')
    .description('delete a version')
    .action(async (reference: string) => {
      const cli = make();
      await (await cli.lifecycle()).models.remove(reference);
      cli.terminal.answer({ removed: reference }, `${reference} was removed.`);
    });

  addMachineOptions(program.command('predict'))
    .argument('<model>', 'NAME or NAME@VERSION')
    .requiredOption('--data <data>', 'a dataset or a file')
    .option('--provider <id>', 'where the job runs')
    .option('-o, --output <file>', 'a .csv file')
    .option('--detach', 'do not wait for its end')
    .description('predict all rows of a table as a job')
    .action(
      async (
        model: string,
        options: { data: string; provider?: ProviderId; output?: string; detach?: boolean } & Resources,
      ) => {
        const cli = make();
        const lifecycle = await cli.lifecycle();
        const run = await lifecycle.runs.batchPredict(
          {
            model,
            data: cli.data(options.data),
            ...(options.provider === undefined ? {} : { provider: options.provider }),
            ...(options.output === undefined ? {} : { output: cli.file(options.output) }),
            ...resourcesOf(options),
          },
          { signal: cli.terminal.signal },
        );
        await runAnswer(cli, options.detach ? run : await waitForRun(cli, run));
      },
    );
}
