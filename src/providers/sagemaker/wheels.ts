import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Host } from '../../core/api';
import { UserError } from '../../core/errors';
import { findPython } from '../../core/python-probe';
import type { Image } from './images';

/** The image's server installs a model's code as a package; what pip builds that with, it takes from the index or from beside it. */
const BUILD = ['setuptools==80.9.0', 'wheel==0.45.1'];

/** Brings the wheels that the container will install, for its Python and not for this machine's. `folder` is made. */
export async function bringWheels(
  host: Pick<Host, 'log'>,
  requirements: readonly string[],
  image: Image,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  if (image.python === undefined) {
    throw new UserError(
      'unsupported',
      'Wheels cannot be chosen for an image whose Python version is not known.',
      {
        fix: 'Use one of AWS’s scikit-learn images, or leave out "wheels: vendored".',
      },
    );
  }
  const python = await findPython(signal);
  const platforms = [
    'manylinux_2_28_x86_64',
    'manylinux_2_26_x86_64',
    'manylinux_2_17_x86_64',
    'manylinux2014_x86_64',
  ];
  const args = [
    ...['-m', 'pip', 'download', '--quiet', '--dest', folder, '--only-binary=:all:'],
    ...['--python-version', image.python, '--implementation', 'cp'],
    ...platforms.flatMap((one) => ['--platform', one]),
    ...requirements,
    ...BUILD,
  ];
  host.log(`Bringing wheels for Python ${image.python}: ${requirements.join(', ')}`);
  try {
    await promisify(execFile)(python.path, args, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    const said =
      error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : '';
    throw new UserError('unavailable', `The wheels for the container could not be brought: ${said ?? ''}`, {
      fix: 'Check that this machine reaches the Python package index, or leave out "wheels: vendored".',
      cause: error,
    });
  }
}
