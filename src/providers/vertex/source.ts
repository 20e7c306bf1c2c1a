import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../core/api';
import { fileError } from '../../core/files';
import { filesIn, pack } from '../cloud/archive';
import { JOB, pinned } from '../cloud/pinned';
import { DISTRIBUTION } from './requests';

const RUNTIME = 'ml_lifecycle';
const PACKAGE = /^(.*)\/__init__\.py$/;

/** The text of a `setup.py` that installs these files; JSON's texts and lists are Python's, too. */
export function setupFile(files: readonly string[], requirements: readonly string[]): string {
  const packages = files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []);
  const data = files
    .filter((file) => !isModule(file, packages))
    .map((file) => file.slice(RUNTIME.length + 1));
  const [name = '', version = ''] = DISTRIBUTION.split('-');
  const values = {
    name: name.replaceAll('_', '-'),
    version,
    packages: packages.map((one) => one.replaceAll('/', '.')),
    package_data: { [RUNTIME]: data },
    install_requires: requirements,
  };
  const lines = Object.entries(values).map(([key, value]) => `    ${key}=${JSON.stringify(value)},\n`);
  return `from setuptools import setup\n\nsetup(\n${lines.join('')})\n`;
}

const isModule = (file: string, packages: readonly string[]): boolean =>
  file.endsWith('.py') && packages.includes(path.posix.dirname(file));

/**
 * Makes `archive`, a source distribution (PEP 517's legacy form, which every pip takes) of the runtime with the pinned packages as its
 * requirements. Its parts are laid out in `folder` first, which the caller deletes.
 */
export async function packRuntime(
  host: Pick<Host, 'pythonFolder'>,
  lacks: readonly string[],
  folder: string,
  archive: string,
): Promise<void> {
  const target = path.join(folder, DISTRIBUTION);
  const [name = '', version = ''] = DISTRIBUTION.split('-');
  try {
    await fs.cp(path.join(host.pythonFolder, RUNTIME), path.join(target, RUNTIME), {
      recursive: true,
      filter: (one) => !one.includes('__pycache__'),
    });
    const files = await filesIn(target);
    await fs.writeFile(
      path.join(target, 'setup.py'),
      setupFile(files, [...(await pinned(host, 'vertex', JOB)), ...lacks]),
    );
    await fs.writeFile(
      path.join(target, 'PKG-INFO'),
      `Metadata-Version: 2.1\nName: ${name.replaceAll('_', '-')}\nVersion: ${version}\n`,
    );
  } catch (error) {
    throw fileError(error, 'pack the runtime of the job');
  }
  const names = (await filesIn(target)).map((one) => `${DISTRIBUTION}/${one}`);
  await pack(folder, names, archive);
}
