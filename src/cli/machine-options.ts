import type { Command } from 'commander';
import { whole } from './terminal';

/** The machine's options, alike for every command that starts a job. */
export function addMachineOptions(command: Command): Command {
  return command
    .option('--machine <type>', 'the provider’s machine (default: that of ml.yaml)')
    .option(
      '--image <name>',
      'the provider’s image: sklearn, pytorch, tensorflow or xgboost (also with :VERSION), or a whole URI; default: what a script imports',
    )
    .option('--max-minutes <n>', 'end it after so long at the latest', whole(1));
}

/** The options of a training, which may use several machines, and Spot ones. */
export function addTrainingOptions(command: Command): Command {
  return addMachineOptions(command)
    .option('--instances <n>', 'so many machines (for a script that uses them)', whole(1))
    .option('--spot', 'cheaper machines that may be taken away');
}
