// Writes src/providers/sagemaker/images.json from the tables that AWS publishes on PyPI (`sagemaker-core`). Run by hand; the file is dated and in git.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findPython } from './lib/python.mjs';
import { run } from './lib/cache.mjs';

const target = path.resolve(import.meta.dirname, '../src/providers/sagemaker/images.json');

/** What is offered: for each framework the versions that DuckDB and the runtime work in. `python` is what the image's Dockerfile says. */
const OFFERED = {
  sklearn: [
    { version: '1.9-0', python: '3.12', packages: { 'scikit-learn': '1.9.0', numpy: '2.5.1' } },
    { version: '1.4-2-py312', python: '3.12', packages: {} },
  ],
  xgboost: [{ version: '3.2-0', python: '3.12', packages: {} }],
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
    for (const [name, versions] of Object.entries(OFFERED)) {
      const of = (use) => (tables[name][use] ?? tables[name]).versions;
      const [{ version: newest }] = versions;
      const entry = of('training')[newest];
      frameworks[name] = {
        repository: entry.repository,
        accounts: entry.registries,
        versions: Object.fromEntries(
          versions.map(({ version, python: itsPython, packages }) => {
            for (const use of ['training', 'inference']) {
              if (!of(use)[version]) throw new Error(`${name} ${version} is not listed for ${use}.`);
            }
            // XGBoost's tags carry neither processor nor Python.
            const tag =
              of('training')[version].processors && name === 'sklearn' ? `${version}-cpu-py3` : version;
            return [version, { tag, python: itsPython, packages }];
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
