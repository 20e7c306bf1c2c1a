import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { freeName } from '../../core/names';
import { activeFile, chooseData, rootOf } from '../choose';
import type { CommandContext } from '../command-context';
import type { Ui } from '../project';
import { waitFor } from '../progress';
import { ensurePython } from '../python';
import { fetchDataset } from './store-transfers';

/** Writes a training script to start from into the project's folder; never over a file that is there. Absolute path. */
export async function writeScript(ui: Ui, root: string): Promise<string> {
  const template = await readFile(ui.dist('python', 'ml_lifecycle', 'templates', 'train.py'), 'utf8');
  const taken: string[] = [];
  for (let file = path.join(root, 'train.py'); ;) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (!there) {
      await writeFile(file, template, { flag: 'wx' });
      return file;
    }
    taken.push(path.basename(file, '.py'));
    file = path.join(root, `${freeName('train', taken)}.py`);
  }
}

export async function newScript(context: CommandContext): Promise<void> {
  const file = await writeScript(context, rootOf(context));
  await vscode.window.showTextDocument(vscode.Uri.file(file));
}

interface DebugpyConfiguration extends vscode.DebugConfiguration {
  readonly program: string;
}

/** Starts the Python extension's debugger on a script, with the inputs that a job would have. */
export async function debugScript(context: CommandContext, given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : activeFile();
  const script = uri?.fsPath.endsWith('.py') ? uri : await askForScript(rootOf(context));
  if (!script) return;
  if (!vscode.extensions.getExtension('ms-python.debugpy')) {
    throw new UserError('notFound', 'The Python Debugger extension is not installed.', {
      fix: 'Install "Python Debugger" (ms-python.debugpy) and try again.',
    });
  }
  await vscode.workspace.textDocuments.find((one) => one.uri.toString() === script.toString())?.save();
  const chosen = await chooseData(context, undefined, 'Data for the script');
  if (!chosen || !(await fetchDataset(context, chosen.root, chosen.name, 'Debug'))) return;
  const python = await ensurePython(context, chosen.root);
  if (!python) return;
  const { prepareDebugJob } = await import('../debug-job');
  const job = await waitFor('Preparing the job', (call) =>
    prepareDebugJob(chosen.lifecycle, chosen.name, script.fsPath, call),
  );
  const configuration: DebugpyConfiguration = {
    type: 'debugpy',
    request: 'launch',
    name: `Train: ${path.basename(script.fsPath)}`,
    program: script.fsPath,
    python: python.path,
    cwd: job.folder,
    console: 'integratedTerminal',
    env: {
      MLL_JOB: job.file,
      PYTHONPATH: [context.dist('python'), path.dirname(script.fsPath)].join(path.delimiter),
      PYTHONUNBUFFERED: '1',
    },
  };
  const folder = vscode.workspace.getWorkspaceFolder(script);
  await vscode.debug.startDebugging(folder, configuration);
}

async function askForScript(root: string): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Training script',
      defaultUri: vscode.Uri.file(root),
      filters: { Python: ['py'] },
    })) ?? [];
  return file;
}
