import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('what is loaded at activation is small, and is registration only', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/extension.ts'],
    outdir: 'dist',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['vscode', '@duckdb/*'],
    metafile: true,
    logLevel: 'silent',
  });
  const loaded = new Set<string>();
  const inputs = new Set<string>();
  const follow = (file: string): void => {
    const output = metafile.outputs[file];
    if (!output || loaded.has(file)) return;
    loaded.add(file);
    for (const input of Object.keys(output.inputs)) inputs.add(input);
    for (const one of output.imports) if (one.kind === 'import-statement') follow(one.path);
  };
  follow('dist/extension.js');
  const bytes = [...loaded].reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
  expect(bytes).toBeLessThan(150_000);
  const others = [...inputs].filter(
    (one) => !/^src\/(extension\.ts|ui\/|rpc\.ts|core\/errors\.ts)/.test(one),
  );
  expect(others).toEqual([]);
  expect([...inputs].filter((one) => /^src\/ui\/(views|actions)\//.test(one))).toEqual([]);
});
