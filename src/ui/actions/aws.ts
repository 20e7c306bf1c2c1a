import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { CommandContext } from '../command-context';

/** What a failure's button may ask for: a login of the AWS CLI and nothing else. */
const LOGIN = /^aws (?:sso )?login(?: --profile (?:[\w@+.:/-]+|"[^"`$\\]+"))?$/;

/** Runs `aws sso login …` in a terminal, and reads the stores again when it has ended. */
export async function logIn(context: CommandContext, command: unknown): Promise<void> {
  const text = typeof command === 'string' ? command : 'aws sso login';
  if (!LOGIN.test(text)) throw new Error(`${text} is no login of AWS.`);
  if (!(await hasCli())) {
    throw new UserError('notFound', 'The AWS CLI, which logs in, is not on this machine.', {
      fix: `Install it (docs.aws.amazon.com/cli), then run "${text}".`,
    });
  }
  const terminal = vscode.window.createTerminal({
    name: 'AWS login',
    iconPath: new vscode.ThemeIcon('account'),
  });
  terminal.show();
  terminal.sendText(text);
  const listening: vscode.Disposable[] = [];
  const again = (): void => {
    for (const one of listening) one.dispose();
    context.stores.refresh();
  };
  listening.push(
    vscode.window.onDidEndTerminalShellExecution((event) => event.terminal === terminal && again()),
    vscode.window.onDidCloseTerminal((closed) => closed === terminal && again()),
  );
  context.extension.subscriptions.push(...listening);
}

async function hasCli(): Promise<boolean> {
  const names = process.platform === 'win32' ? ['aws.exe', 'aws.cmd'] : ['aws'];
  const found = (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  const there = await Promise.all(
    found.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return there.includes(true);
}
