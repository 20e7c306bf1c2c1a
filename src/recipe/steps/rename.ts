import { z } from 'zod';
import { py } from '../code';
import { find, missing, taken, without, extended } from '../schema';
import { identifier } from '../sql';
import { defineStep, free } from '../step';

const options = z.record(z.string(), z.string().min(1, 'give the new name')).describe('old name: new name');

export const rename = defineStep({
  kind: 'rename',
  title: 'Rename columns',
  summary: 'Gives columns other names.',
  help: 'Each pair is `old name: new name`. Later steps use the new name; requests to an endpoint still use the old one.',
  example: 'rename: { "Wildlife Size": size }',
  sample: [
    ['Wildlife Size', 'n'],
    ['Small', 1],
  ],
  group: 'Columns',
  unsuggested: 'names are for a person to choose',
  options,
  form: [{ name: '', label: 'Old name: new name', control: 'pairs', optional: false }],
  code(pairs) {
    return {
      pandas: [`df = df.rename(columns=${py(pairs)})`],
      polars: [`df = df.rename(${py(pairs)})`],
    };
  },
  compile(pairs, context) {
    const entries = Object.entries(pairs);
    let bad = false;
    if (entries.length === 0) {
      context.problem({ message: 'Give at least one pair `old name: new name`.', path: [] });
      bad = true;
    }
    for (const [name] of entries) {
      const { schema } = context;
      if (schema.columns.some((one) => one.name === name)) {
        if (name !== context.target) continue;
        context.problem({ message: `"${name}" is the target: it keeps its name.`, path: [name], key: true });
      } else if (find(schema, name) !== undefined) {
        context.problem({
          message: `"${name}" is made by encode and keeps its name.`,
          path: [name],
          key: true,
        });
      } else {
        context.problem({ ...missing(schema, name), path: [name], key: true });
      }
      bad = true;
    }
    const rest = without(context.schema, Object.keys(pairs), '');
    const seen = new Set<string>();
    for (const [name, to] of entries) {
      const lower = to.toLowerCase();
      if (seen.has(lower)) {
        context.problem({ message: `Two columns would be named "${to}".`, path: [name] });
        bad = true;
      } else if (taken(rest, to) || to.startsWith('__mll_')) {
        bad = !free({ ...context, schema: rest }, to, [name]) || bad;
      }
      seen.add(lower);
    }
    if (bad) return undefined;
    const changed = entries.map(([name, to]) => `${identifier(name)} AS ${identifier(to)}`).join(', ');
    const gone = new Map(context.schema.gone);
    for (const [name, to] of entries) gone.set(name, `step ${context.step + 1} (rename) calls it "${to}"`);
    return {
      transform: [`SELECT * RENAME (${changed}) FROM {input}`],
      schema: extended(
        {
          ...context.schema,
          gone,
          columns: context.schema.columns.map((one) => ({ ...one, name: pairs[one.name] ?? one.name })),
        },
        [],
      ),
    };
  },
});
