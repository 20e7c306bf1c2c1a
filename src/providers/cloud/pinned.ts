import path from 'node:path';
import type { Host } from '../../core/api';
import { readText } from '../../core/files';

/** What a job needs beside a cloud's image: the recipe's engine. */
export const JOB = 'requirements.txt';
/** What an endpoint needs as well: what reads and writes JSON as the runtime does. */
export const SERVE = 'serve.txt';

/** The pinned packages that a cloud's part of the runtime lists in that file. */
export async function pinned(
  host: Pick<Host, 'pythonFolder'>,
  cloud: 'sagemaker' | 'vertex',
  name: string,
): Promise<string[]> {
  const text = await readText(path.join(host.pythonFolder, 'ml_lifecycle', cloud, name));
  return (text ?? '').split(/\r?\n/).filter((line) => line !== '');
}

/** What an endpoint's container needs beside its image. */
export async function servingPackages(
  host: Pick<Host, 'pythonFolder'>,
  cloud: 'sagemaker' | 'vertex',
): Promise<string[]> {
  return [...(await pinned(host, cloud, JOB)), ...(await pinned(host, cloud, SERVE))];
}
