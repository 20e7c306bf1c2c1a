import { parse } from '../../src/recipe/document';
import type { Recipe } from '../../src/recipe/model';
import { identifier, text } from '../../src/recipe/sql';
import type { Sample, StepDefinition } from '../../src/recipe/step';

/** A sample as a relation: types as the header says, else numbers, booleans and text as the cells are. */
export function relationOf([head = [], ...rows]: Sample): string {
  const columns = head.map((cell, k) => {
    const [name = '', type] = String(cell).split(/:(.*)/su);
    const cells = rows.map((row) => row[k] ?? null);
    const present = cells.filter((one) => one !== null);
    const guess = present.every((one) => typeof one === 'number')
      ? present.every((one) => Number.isInteger(one))
        ? 'BIGINT'
        : 'DOUBLE'
      : present.every((one) => typeof one === 'boolean')
        ? 'BOOLEAN'
        : 'VARCHAR';
    return { name, type: type ?? guess };
  });
  const values = rows.map(
    (row) => `(${row.map((cell) => (cell === null ? 'NULL' : text(String(cell)))).join(', ')})`,
  );
  const cast = columns.map(({ name, type }, k) => `CAST(c${k} AS ${type}) AS ${identifier(name)}`).join(', ');
  const names = columns.map((_, k) => `c${k}`).join(', ');
  return `(SELECT ${cast} FROM (VALUES ${values.join(', ')}) AS t(${names}))`;
}

export interface Shown {
  readonly recipe: Recipe;
  readonly relation: string;
  readonly tables: Readonly<Record<string, string>>;
}

/** A step's example over its sample. */
export function shown(definition: StepDefinition): Shown {
  const { example, sample, others = {}, head = {} } = definition;
  if (sample === undefined) throw new Error(`${definition.info.kind} has no sample.`);
  const { recipe, problems } = parse(`recipe: 1\nsteps:\n  - ${example}\n`);
  if (problems.length > 0) throw new Error(problems.map((one) => one.message).join('\n'));
  return {
    recipe: { ...recipe, ...head },
    relation: relationOf(sample),
    tables: Object.fromEntries(Object.entries(others).map(([name, rows]) => [name, relationOf(rows)])),
  };
}
