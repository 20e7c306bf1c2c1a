import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readText } from '../../core/files';
import type { ListedFiles } from '../../core/listed-files';
import type { JobSpec } from '../../core/run';

/** What clouds have images of beside scikit-learn, and scikit-learn itself. */
export type Framework = 'sklearn' | 'xgboost' | 'pytorch' | 'tensorflow';

/** Python modules by the framework whose image has them; the first that is found decides. */
const MODULES: readonly (readonly [Framework, string])[] = [
  ['pytorch', 'torch|pytorch_lightning|lightning|torchvision'],
  ['tensorflow', 'tensorflow|keras'],
  ['xgboost', 'xgboost'],
];
/** Distributions on PyPI that stand for a framework in a package's versions. */
export const DISTRIBUTIONS: Readonly<Record<string, Framework>> = {
  torch: 'pytorch',
  tensorflow: 'tensorflow',
  // What AWS's image without a GPU has: its Dockerfile installs this wheel and removes the other.
  'tensorflow-cpu': 'tensorflow',
  xgboost: 'xgboost',
  'xgboost-cpu': 'xgboost',
};
/** Whether one of these requirements (`torch==2.9.0`) is a framework: hundreds of megabytes to install. */
export const bringsFramework = (requirements: readonly string[]): boolean =>
  requirements.some((one) => (one.split('==')[0] ?? '') in DISTRIBUTIONS);

/** A script is text; what is larger was not written by a person. */
const MOST_BYTES = 1024 * 1024;

/** Framework that a job needs beyond scikit-learn: the one whose modules its script imports, or that its model was made with. */
export function frameworkOf(spec: JobSpec, code: ListedFiles): Promise<Found | undefined> {
  return spec.kind === 'train' ? importedBy(code, spec.file.script) : madeWith(spec.inputs.model?.path);
}

export interface Found {
  readonly framework: Framework;
  readonly why: string;
}

/** The script first, then what lies beside it. */
async function importedBy({ files }: ListedFiles, script: string | undefined): Promise<Found | undefined> {
  if (script === undefined) return undefined;
  const own = files.find((one) => one.name === 'requirements.txt');
  const required = own ? await readFile(own.file, 'utf8') : '';
  const python = files
    .filter((one) => one.name.endsWith('.py') && one.bytes <= MOST_BYTES)
    .sort((a, b) => Number(b.name === script) - Number(a.name === script));
  const texts = await Promise.all(
    python.map(async ({ file, name }) => ({ name, text: await readFile(file, 'utf8') })),
  );
  for (const [framework, modules] of MODULES) {
    if (new RegExp(String.raw`^\s*(?:${modules})\b`, 'm').test(required)) continue;
    const imports = new RegExp(String.raw`^[ \t]*(?:import|from)[ \t]+(${modules})\b`, 'm');
    for (const { name, text } of texts) {
      const module = imports.exec(text)?.[1];
      if (module !== undefined) return { framework, why: `${name} imports ${module}` };
    }
  }
  return undefined;
}

const PROVENANCE = z.looseObject({ packages: z.record(z.string(), z.string()).default({}) });

/** What a model package of a script needs beyond scikit-learn. */
async function madeWith(model: string | undefined): Promise<Found | undefined> {
  if (model === undefined) return undefined;
  const text = await readText(path.join(model, 'provenance.json'));
  const { packages } = PROVENANCE.parse(JSON.parse(text ?? '{}'));
  const own = (await readText(path.join(model, 'code', 'requirements.txt'))) ?? '';
  for (const [name, framework] of Object.entries(DISTRIBUTIONS)) {
    if (packages[name] === undefined || new RegExp(`^\\s*${name}\\b`, 'm').test(own)) continue;
    return { framework, why: `The model was made with ${name} ${packages[name]}` };
  }
  return undefined;
}
