// The sample project: two real tables, made from the npm package vega-datasets (a development dependency).
import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';

const data = path.resolve(import.meta.dirname, '../../node_modules/vega-datasets/data');

const README = `# Sample project

- \`penguins.csv\`: 344 penguins of the Palmer Archipelago (K. Gorman, Palmer Station LTER; CC0 1.0), from vega-datasets.
- \`birdstrikes.csv\`: wildlife strikes reported to the U.S. FAA (U.S. Government data set), from vega-datasets.

Right-click a CSV in the Explorer and choose *Preprocess…*.
`;

/** Lays the files into \`folder\`; a file that is there stays as it is. */
export function laySample(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const penguins = JSON.parse(fs.readFileSync(path.join(data, 'penguins.json'), 'utf8'));
  const files = {
    'penguins.csv': `${Papa.unparse(penguins, { newline: '\n' })}\n`,
    'birdstrikes.csv': fs.readFileSync(path.join(data, 'birdstrikes.csv'), 'utf8'),
    'README.md': README,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    if (!fs.existsSync(file)) fs.writeFileSync(file, text);
  }
  return folder;
}
