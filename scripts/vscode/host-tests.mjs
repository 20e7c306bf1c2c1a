// Mocha in the extension host of a real VS Code, through @vscode/test-electron: the desktop build where MLL_VSCODE names
// one (or =download), else the server build.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { startMoto } from '../../test/rigs/moto.ts';
import { laySample } from '../lib/sample.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll host ü-')));
const chosen = process.env.MLL_VSCODE;
const shim = path.join(root, 'scripts/vscode/shim.mjs');
const executable = chosen === 'download' ? {} : { vscodeExecutablePath: chosen ?? shim };
const moto = await startMoto();
try {
  await runTests({
    ...executable,
    extensionTestsEnv: moto.env,
    reuseMachineInstall: true,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'dist/test/suite.cjs'),
    launchArgs: [workspace],
  });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
} finally {
  await moto.stop();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
