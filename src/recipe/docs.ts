import { z } from 'zod';
import type { Cell } from '../core/table';
import { steps } from './catalogue';
import type { StepInfo } from './model';
import type { Sample, StepDefinition } from './step';

/** What an example made of its sample. */
export interface Outcome {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const GROUPS = ['Columns', 'Rows', 'Values', 'Features', 'Tables', 'Safeguards'] as const;

/** The page of all steps, each with its options and an example. */
export function stepsPage(outcomes: ReadonlyMap<string, Outcome>): string {
  const parts = [
    '# Steps of a recipe',
    '',
    'Written by the catalogue itself (`src/recipe/steps`); each example is run by the tests. A step stands in the list `steps:` of a recipe. Every step may carry `disabled: true` and `note:`. Steps that remember something learn it from the training part only. Expressions are SQL over the columns of one row.',
    '',
    '| step | does | remembers | rows | at an endpoint |',
    '|---|---|---|---|---|',
    ...steps.map(({ info }) => {
      const rows = { keep: '', drop: 'may drop rows', remake: 'makes rows anew' }[info.rows];
      return `| [${info.kind}](#${info.kind}) | ${cellText(info.summary)} | ${info.fits ? 'yes' : ''} | ${rows} | ${servedText(info)} |`;
    }),
    '',
    '## The split',
    'In the head of a recipe: `split: { test: 0.2, method: stratified, seed: 7 }` sets rows aside for the test. `method` is `random` (by row), `stratified` (equal shares of each class), `group` (rows with the same `column` together) or `time` (later rows of `column` are tested). A row goes by a hash of its own text (or of the columns in `key`) against a cut that is written once, so it keeps its side when the data grows.',
    '',
    '`split: { folds: 5, method: stratified }` trains on all rows and scores them in folds; with `test` beside it the folds are of the training part. In each fold the steps that remember and the model are fitted without the fold; the report has each metric as mean ± standard deviation over the folds with its values (`crossValidation`), and the model itself is fitted on all training rows. Folds go by the same hash, so that a row stays in its fold when the data grows; `stratified` deals the rows of each class out evenly instead. In time each part is scored by what was learnt from those before it. A training script of your own is not cross-validated: the step `folds` numbers the rows for it.',
    '',
    'A step that may drop rows runs in preparing and training, never on a request. One that makes rows anew serves to prepare a dataset; a model is trained on the outcome. A step that needs earlier rows is deployed when each request carries them (`request: true`); another table that a step reads goes into the model package. The recipe view shows both for each step, and which columns a request must carry (*Endpoint*).',
  ];
  for (const group of GROUPS) {
    parts.push('', `## ${group}`);
    for (const step of steps) {
      if (step.info.group === group) parts.push('', ...stepPart(step, outcomes.get(step.info.kind)));
    }
  }
  return `${parts.join('\n')}\n`;
}

/** What a step needs beyond the row of a request. */
function servedText({ kind, rows, needs }: StepInfo): string {
  if (rows === 'remake') return 'not deployed';
  if (needs === 'table') return 'the other table goes into the model';
  if (needs === undefined) return rows === 'drop' ? 'left out' : '';
  return kind === 'fill_missing'
    ? 'with `previous` and `next` not deployed'
    : 'needs earlier rows (`request: true`)';
}

function stepPart(step: StepDefinition, outcome: Outcome | undefined): string[] {
  const { info, help, example, sample, others = {}, head } = step;
  const lines = [`### ${info.kind}`, `${info.summary} ${help}`, '', ...optionsOf(step)];
  const headText = head?.target === undefined ? '' : `target: ${head.target}\n`;
  lines.push('```yaml', `${headText}- ${example}`, '```');
  if (sample !== undefined && outcome !== undefined) {
    lines.push('', ...table(sample));
    for (const [name, rows] of Object.entries(others)) lines.push('', `\`${name}\`:`, '', ...table(rows));
    lines.push('', 'becomes', '', ...table([[...outcome.columns], ...outcome.rows]));
  }
  return lines;
}

function optionsOf({ options, info }: StepDefinition): string[] {
  const schema: Record<string, unknown> = { ...z.toJSONSchema(options, { io: 'input' }) };
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys(properties);
  if (names.length === 0) return [];
  return [
    '| option | is | without it |',
    '|---|---|---|',
    ...names.map((name) => {
      const one = isRecord(properties[name]) ? properties[name] : {};
      const field = info.form.find((each) => each.name === name);
      const said = typeof one.description === 'string' ? one.description : (field?.label ?? '');
      const words = Array.isArray(one.enum) ? one.enum.map((word) => `\`${String(word)}\``).join(', ') : '';
      const text = [said, words].filter((part) => part !== '').join(': ');
      const without = required.includes(name)
        ? 'must be given'
        : one.default === undefined
          ? ''
          : `\`${JSON.stringify(one.default)}\``;
      return `| \`${name}\` | ${cellText(text)} | ${cellText(without)} |`;
    }),
    '',
  ];
}

function table([head = [], ...rows]: Sample | readonly (readonly Cell[])[]): string[] {
  const line = (cells: readonly unknown[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  const names = head.map((name) => String(name).replace(/:.*$/u, ''));
  return [line(names), `|${names.map(() => '---').join('|')}|`, ...rows.map(line)];
}

function cellOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '*missing*';
  if (typeof cell === 'number') return String(Number(cell.toPrecision(6)));
  if (typeof cell === 'string') return cell === cell.trim() && cell !== '' ? cellText(cell) : `\`"${cell}"\``;
  return typeof cell === 'boolean' ? String(cell) : JSON.stringify(cell);
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
