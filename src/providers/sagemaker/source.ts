import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { findCode } from '../../core/code-files';
import type { ListedFiles } from '../../core/listed-files';
import { UserError } from '../../core/errors';
import { fileError, readText } from '../../core/files';
import type { JobSpec } from '../../core/run';
import { filesIn, pack } from '../cloud/archive';
import { JOB, pinned, SERVE, servingPackages } from '../cloud/pinned';
import type { Config } from './config';
import type { Image } from './images';
import { bringWheels } from './wheels';

/** What {@link JOB} names where it is all that is installed: pip brings it while the job's process loads the image's libraries. */
const ADDED = 'added.txt';

/** The line of a requirements.txt by which nothing but the wheels beside it is asked. */
export const NO_INDEX = '--no-index';

/** The user's code of a job; none for a built-in algorithm. */
export async function codeOf(spec: JobSpec, project: ProjectPaths): Promise<ListedFiles> {
  if (spec.codeFolder === undefined) return { files: [], leftOut: [] };
  return findCode(spec.codeFolder, spec.file.script, project.root);
}

/**
 * Makes `archive`: the runtime, the user's code, the pinned requirements of the job and of its model's endpoint, and what starts the job. Its parts are laid out in `folder`
 * first, which the caller deletes.
 */
export async function packSource(
  folder: string,
  archive: string,
  from: { host: Host; code: ListedFiles; config: Config; image: Image },
  signal?: AbortSignal,
): Promise<void> {
  const { host, code } = from;
  const runtime = path.join(host.pythonFolder, 'ml_lifecycle');
  const target = path.join(folder, 'source');
  try {
    await fs.cp(runtime, path.join(target, 'ml_lifecycle'), {
      recursive: true,
      filter: (one) => !one.includes('__pycache__'),
    });
    await fs.copyFile(path.join(runtime, 'sagemaker', 'start.py'), path.join(target, 'start.py'));
    for (const one of code.files) {
      const to = path.join(target, 'code', ...one.name.split('/'));
      await fs.mkdir(path.dirname(to), { recursive: true });
      await fs.copyFile(one.file, to);
    }
    const own = code.files.find((one) => one.name === 'requirements.txt');
    const { lacks } = from.image;
    const wheels = path.join(target, 'wheels');
    const served = [...(await servingPackages(host, 'sagemaker')), ...lacks];
    const options = await wheelOptions(from, served, own !== undefined, wheels, signal);
    const asked = own ? [(await readText(own.file)) ?? ''] : [];
    const write = (name: string, packages: readonly string[]) =>
      fs.writeFile(path.join(target, name), `${[...options, ...packages, ...asked].join('\n')}\n`);
    const needed = [...(await pinned(host, 'sagemaker', JOB)), ...lacks];
    // What replaces a package of the image is there before the job starts; what only comes to them, while it starts.
    if (lacks.length + asked.length > 0) await write(JOB, needed);
    else if (needed.length > 0) await write(ADDED, needed);
    // The model package that a training leaves takes this along for its endpoint.
    await write(SERVE, served);
  } catch (error) {
    throw fileError(error, 'pack the code of the job');
  }
  await pack(target, await filesIn(target), archive);
}

/** Options of a requirements.txt; with vendored wheels these are brought into `folder` first. */
export async function wheelOptions(
  { host, config, image }: { host: Host; config: Config; image: Image },
  needed: readonly string[],
  ownNeeds: boolean,
  folder: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (config.settings.wheels !== 'vendored') return [];
  if (ownNeeds) {
    throw new UserError(
      'unsupported',
      'With vendored wheels a script cannot bring a requirements.txt of its own.',
      {
        fix: 'Leave out "wheels: vendored", or name an image that has these packages.',
      },
    );
  }
  await bringWheels(host, needed, image, folder, signal);
  return [NO_INDEX, '--find-links wheels'];
}
