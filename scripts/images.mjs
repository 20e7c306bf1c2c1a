// Writes src/providers/sagemaker/images.json from the tables that AWS publishes on PyPI (`sagemaker-core`). Run by hand; the file is dated and in git.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { findPython } from './lib/python.mjs';
import { run } from './lib/cache.mjs';

const target = path.resolve(import.meta.dirname, '../src/providers/sagemaker/images.json');

/**
 * What is offered: for each framework the versions that DuckDB and the runtime work in, the default first. `python` is what the image's
 * Dockerfile says. `tag` makes an image's tag of a version and a kind of processor. `serves`: there is an image of the same version to
 * serve with, by handlers in Python; without it models are served by the scikit-learn image, with the framework's package installed.
 */
const OFFERED = {
  sklearn: {
    serves: true,
    tag: (version) => ({ cpu: `${version}-cpu-py3` }),
    versions: [
      { version: '1.9-0', python: '3.12', packages: { 'scikit-learn': '1.9.0', numpy: '2.5.1' } },
      { version: '1.4-2-py312', python: '3.12', packages: {} },
    ],
  },
  xgboost: {
    serves: false,
    // One image for both, and its tag carries neither processor nor Python.
    tag: (version) => ({ cpu: version, gpu: version }),
    versions: [{ version: '3.2-0', python: '3.12', packages: {} }],
  },
  pytorch: {
    serves: false,
    tag: (version, python) => ({ cpu: `${version}-cpu-${python}`, gpu: `${version}-gpu-${python}` }),
    versions: [
      { version: '2.9.0', python: '3.12', packages: {} },
      { version: '2.8.0', python: '3.12', packages: {} },
    ],
  },
  tensorflow: {
    serves: false,
    tag: (version, python) => ({ cpu: `${version}-cpu-${python}`, gpu: `${version}-gpu-${python}` }),
    versions: [{ version: '2.19.0', python: '3.12', packages: {} }],
  },
};

const READ = `
import json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
print(json.dumps({name: json.loads(wheel.read(f"sagemaker/core/image_uri_config/{name}.json")) for name in sys.argv[2:]}))
`;

export default async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-images-'));
  try {
    const python = findPython();
    run(python, ['-m', 'pip', 'download', '-q', '--no-deps', '-d', folder, 'sagemaker-core']);
    const wheel = fs.readdirSync(folder).find((name) => name.endsWith('.whl'));
    const tables = JSON.parse(run(python, ['-c', READ, path.join(folder, wheel), ...Object.keys(OFFERED)]));
    const frameworks = {};
    for (const [name, { serves, tag, versions }] of Object.entries(OFFERED)) {
      const of = (use) => (tables[name][use] ?? tables[name]).versions;
      const entryOf = (version) => {
        for (const use of serves ? ['training', 'inference'] : ['training']) {
          if (!of(use)[version]) throw new Error(`${name} ${version} is not listed for ${use}.`);
        }
        return of('training')[version];
      };
      const [{ version: newest }] = versions;
      const entry = entryOf(newest);
      frameworks[name] = {
        repository: entry.repository,
        accounts: entry.registries,
        versions: Object.fromEntries(
          versions.map(({ version, python: itsPython, packages }) => {
            const [python = 'py3'] = entryOf(version).py_versions ?? [];
            const wanted = `py${itsPython.replace('.', '')}`;
            if (python !== 'py3' && python !== wanted) {
              throw new Error(`${name} ${version} is listed with ${python}, not ${wanted}.`);
            }
            const { registries } = entryOf(version);
            // A version may be in fewer regions than the newest.
            const accounts = isDeepStrictEqual(registries, entry.registries) ? {} : { accounts: registries };
            return [version, { tags: tag(version, python), python: itsPython, packages, ...accounts }];
          }),
        ),
      };
    }
    const table = {
      date: new Date().toISOString().slice(0, 10),
      source: wheel.split('-').slice(0, 2).join(' '),
      frameworks,
    };
    fs.writeFileSync(target, `${JSON.stringify(table, null, 2)}\n`);
    console.log(
      `${path.relative(process.cwd(), target)}: ${Object.keys(frameworks).join(', ')} of ${table.source}`,
    );
    return 0;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
