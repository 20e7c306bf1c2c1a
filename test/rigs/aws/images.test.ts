// The table of images, held against the functions and tables of AWS's own Python SDK.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { frontPython } from '../../../scripts/lib/aws-rig.mjs';
import table from '../../../src/providers/sagemaker/images.json';
import { imageNamed, servingImage } from '../../../src/providers/sagemaker/images';

interface Version {
  readonly python: string;
  readonly tags: { readonly cpu: string; readonly gpu?: string };
  readonly accounts?: Readonly<Record<string, string>>;
}

/** Fields of a question to AWS's SDK, and the image that our table has for it. */
interface Asked {
  readonly fields: readonly string[];
  readonly ours: string;
}

const ask = (all: readonly Asked[]): string[] =>
  execFileSync(frontPython(), [path.join(import.meta.dirname, 'image_uris.py')], {
    input: all.map((one) => one.fields.join('\t')).join('\n'),
    encoding: 'utf8',
    // The SDK tells on stderr which defaults it takes.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
    .trim()
    .split('\n');

/** Every framework, version, kind of processor and region that is offered. */
const offered: readonly Asked[] = Object.entries(table.frameworks).flatMap(
  ([framework, { accounts, versions }]) =>
    Object.entries<Version>(versions).flatMap(([version, { python, tags, accounts: own }]) =>
      [...(tags.gpu === undefined ? [] : ['ml.g5.xlarge']), 'ml.m5.large'].flatMap((machine) =>
        Object.keys(own ?? accounts).map((region) => ({
          fields: [
            framework,
            version,
            ['pytorch', 'tensorflow'].includes(framework) ? `py${python.replace('.', '')}` : 'py3',
            'training',
            machine,
            region,
          ],
          ours: imageNamed(`${framework}:${version}`, region, machine).uri,
        })),
      ),
    ),
);

const regions = Object.keys(table.frameworks.sklearn.accounts);
const serving: readonly Asked[] = regions.map((region) => ({
  fields: ['sklearn', '1.9-0', 'py3', 'inference', 'ml.m5.large', region],
  ours: servingImage({ settings: {}, region }).uri,
}));
const neverServed: readonly Asked[] = Object.keys(table.frameworks.pytorch.versions).map((version) => ({
  fields: ['pytorch', version, 'py312', 'inference', 'ml.m5.large', 'us-east-1'],
  ours: 'none',
}));

test('every image is the one that AWS’s SDK names, in every region and for each processor; so is the one that serves', () => {
  expect(offered.length).toBeGreaterThan(300);
  // There is none to serve PyTorch of a version that trains it: why models are served by scikit-learn’s.
  const all = [...offered, ...serving, ...neverServed];
  expect(all.map((one) => one.ours)).toEqual(ask(all));
});
