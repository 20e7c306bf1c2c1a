import { z } from 'zod';
import type { ColumnProfile } from '../../core/table';
import { beginsUnnamed, isIdName } from '../identifier';
import { py } from '../code';
import { without } from '../schema';
import { columnNames, defineStep, names, percent, project, suggestion, take } from '../step';

const options = z.strictObject({ columns: columnNames });

export const dropColumns = defineStep({
  kind: 'drop_columns',
  title: 'Drop columns',
  summary: 'Leaves columns out.',
  help: 'Takes the named columns away. A model then neither sees them nor asks for them.',
  example: 'drop_columns: { columns: [passenger_id] }',
  sample: [
    ['passenger_id', 'age'],
    [1, 22],
    [2, 38],
  ],
  group: 'Columns',
  options,
  form: [{ name: 'columns', label: 'Columns', control: 'columns', optional: false }],
  compile({ columns }, context) {
    const found = take(context, columns, ['columns'], { notTarget: 'it cannot be dropped' });
    if (found === undefined) return undefined;
    return {
      transform: project({ drop: columns }),
      schema: without(context.schema, columns, `step ${context.step + 1} (drop_columns) took it away`),
    };
  },
  code({ columns }) {
    return { pandas: [`df = df.drop(columns=${py(columns)})`], polars: [`df = df.drop(${py(columns)})`] };
  },
  suggest({ columns, target, profile, facts }) {
    const found = [];
    const all = profile.columns.map((one) => one.name);
    const rowNames = beginsUnnamed(all) ? all[0] : undefined;
    for (const column of columns) {
      if (column.name === target) continue;
      const present = profile.rows - column.missing;
      if (profile.rows > 0 && present === 0) {
        found.push({ name: column.name, reason: `\`${column.name}\` is empty in all ${profile.rows} rows` });
      } else if (profile.rows > 1 && column.distinct === 1 && column.missing === 0) {
        found.push({
          name: column.name,
          reason: `\`${column.name}\` holds one and the same value in all ${profile.rows} rows`,
        });
      } else if (column.name === rowNames && column.missing === 0 && eachItsOwn(column, present)) {
        const what = `\`${column.name}\` has no name in the file and a value of its own in each row: the row names that pandas and R write`;
        found.push({ name: column.name, reason: what });
      } else if (looksLikeId(column.type, column.name, column.distinct, present)) {
        const what = `\`${column.name}\` looks like an identifier: ${column.distinct} different values in ${present} rows`;
        found.push({ name: column.name, reason: what });
      } else {
        const leak = facts?.leaks.find((one) => one.column === column.name);
        if (leak === undefined) continue;
        const given = `${percent(leak.share, 1)} of the rows' \`${target ?? ''}\` follow from \`${column.name}\` alone (${percent(leak.base, 1)} without it)`;
        found.push({ name: column.name, reason: `${given}: it gives the target away` });
      }
    }
    if (found.length === 0) return [];
    const list = found.map((one) => one.name);
    const reason = found.length > 3 ? `${names(list)}: ` : '';
    return [
      suggestion('drop_columns', { columns: list }, `${reason}${found.map((one) => one.reason).join('; ')}.`),
    ];
  },
});

/** Whole numbers or texts that all differ (dates tell more than a name does); an estimate of very many may be some per cent too low. */
function eachItsOwn({ type, distinct, distinctExact }: ColumnProfile, present: number): boolean {
  if (type !== 'integer' && type !== 'text') return false;
  return present > 1 && distinct >= present * (distinctExact ? 1 : 0.9);
}

/** Whole numbers or short texts that are all different, under a name that says so (numbers: or counts up). */
function looksLikeId(type: string, name: string, distinct: number, present: number): boolean {
  if (present < 20 || distinct < present * 0.99) return false;
  return (type === 'integer' || type === 'text') && isIdName(name);
}
