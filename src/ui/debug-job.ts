import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Lifecycle } from '../core/api';
import { UserError } from '../core/errors';
import { fileExists } from '../core/files';
import { tableInputs } from '../core/recipe-tables';
import type { JobFile } from '../core/run';
import type { CallOptions } from '../rpc';

/**
 * A job folder for the debugger, with the data, the plan and the target that a training on this data would have. It lies
 * in `.ml/cache/debug` and is made anew each time. Both paths are absolute.
 */
export async function prepareDebugJob(
  lifecycle: Lifecycle,
  data: string,
  script: string,
  call: CallOptions,
): Promise<{ folder: string; file: string }> {
  await lifecycle.init();
  const recipe = await lifecycle.recipes.fileFor(data);
  if (!(await fileExists(recipe))) {
    throw new UserError(
      'notFound',
      `There is no recipe for ${path.basename(data)}, so the target is not known.`,
      {
        fix: 'Make one with Preprocess…; it holds the target and the split into training and test part.',
        actions: [{ title: 'Preprocess…', command: 'mll.preprocess' }],
      },
    );
  }
  const compiled = await lifecycle.recipes.compile(recipe, data, call);
  const read = await lifecycle.datasets.read(data, call.signal);
  const folder = path.join(lifecycle.paths.ml, 'cache', 'debug');
  await rm(folder, { recursive: true, force: true });
  const input = path.posix.join('in', 'data', path.basename(compiled.source.path));
  await mkdir(path.join(folder, 'in', 'data'), { recursive: true });
  await mkdir(path.join(folder, 'out'), { recursive: true });
  const target = path.join(folder, input);
  // Links need a privilege on Windows.
  await symlink(compiled.source.path, target).catch(() => cp(compiled.source.path, target));
  const { target: column } = compiled.recipe;
  const inputs: Record<string, JobFile['inputs'][string]> = { data: { path: input, read: read.sql } };
  for (const [name, one] of Object.entries(tableInputs(compiled.plan, compiled.tables))) {
    const place = path.posix.join('in', name, path.basename(one.path));
    await mkdir(path.join(folder, 'in', name), { recursive: true });
    const at = path.join(folder, place);
    await symlink(one.path, at).catch(() => cp(one.path, at));
    inputs[name] = { ...one, path: place };
  }
  const job: JobFile = {
    job: 1,
    id: 'debug',
    kind: 'train',
    inputs,
    plan: compiled.plan,
    ...(column === undefined ? {} : { target: column }),
    params: {},
    script: path.basename(script),
    model: path.basename(script, '.py'),
    provenance: {
      run: 'debug',
      dirty: true,
      data: { name: path.basename(data), hash: read.hash, rows: read.rows },
      recipeHash: compiled.hash,
      created: new Date().toISOString(),
    },
  };
  const file = path.join(folder, 'job.json');
  await writeFile(file, JSON.stringify(job, null, 2));
  return { folder, file };
}
