import type { PrepareReport, Remembered, RememberedValue } from '../recipe/report';
import { plural } from '../words';
import { table } from './terminal';

/** What became of the rows, as lines: where they went, which rules are broken, what the steps remember. */
export function reportLines(report: PrepareReport): string[] {
  const dropped = report.dropped.filter((one) => one.rows > 0);
  return [
    ...(dropped.length === 0
      ? []
      : [
          table(
            ['step', 'kind', 'rows dropped'],
            dropped.map((one) => [one.step + 1, one.kind, one.rows]),
          ),
        ]),
    ...(report.expectations.length === 0 ? [] : [`Checks: ${expected(report)}`]),
    ...report.expectations
      .filter((one) => one.message !== '')
      .map(
        ({ step, holds, message }) => `${holds ? '  allowed' : '! broken '}  step ${step + 1}: ${message}`,
      ),
    ...(report.remembered.length === 0
      ? []
      : ['Remembered from the training part:', ...report.remembered.flatMap(rememberedLines)]),
    ...report.notes,
  ];
}

function expected({ expectations }: PrepareReport): string {
  const held = expectations.filter((one) => one.holds).length;
  return `${held} of ${plural(expectations.length, 'rule')} held`;
}

/** So many values of a step are printed; `--json` has more of them. */
const SHOWN = 8;

function rememberedLines({ step, kind, values }: Remembered): string[] {
  const lines = values
    .slice(0, SHOWN)
    .map((one) => `  step ${step + 1} ${kind}: ${one.name} = ${valueText(one)}`);
  const more = values.length - SHOWN;
  return more > 0 ? [...lines, `  step ${step + 1} ${kind}: ${more} more (--json has them)`] : lines;
}

function valueText(one: RememberedValue): string {
  if ('value' in one) return one.value === null ? 'none' : String(one.value);
  const shown = one.first.slice(0, 5).map((item) => (item === null ? 'none' : String(item)));
  return `[${shown.join(', ')}${one.of > shown.length ? `, … ${one.of} in all` : ''}]`;
}
