import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';
import { isOnPath, logInByTerminal } from './terminal-login';

/** What a failure's button may ask for: a login of the AWS CLI and nothing else. */
const LOGIN = /^aws (?:sso )?login(?: --profile (?:[\w@+.:/-]+|"[^"`$\\]+"))?$/;

/** Runs `aws sso login …` in a terminal, or logs in by the browser where that command is absent; then reads the stores again. */
export async function logIn(context: CommandContext, command: unknown): Promise<void> {
  const text = typeof command === 'string' ? command : 'aws sso login';
  if (!LOGIN.test(text)) throw new Error(`${text} is no login of AWS.`);
  if (!(await isOnPath('aws'))) {
    if (text.startsWith('aws sso')) return logInByBrowser(context, profileOf(text));
    throw new UserError('notFound', 'The AWS CLI, which logs in, is not on this machine.', {
      fix: `Install it (docs.aws.amazon.com/cli), then run "${text}".`,
    });
  }
  logInByTerminal(context, 'AWS login', text);
}

const profileOf = (command: string): string | undefined => / --profile "?([^"]+)"?$/.exec(command)?.[1];

/** What `aws sso login` does, where it is not installed: a code that is confirmed in the browser. */
async function logInByBrowser(context: CommandContext, profile: string | undefined): Promise<void> {
  const { lifecycle } = await projectOf(context);
  await waitFor('Waiting for the login in the browser', (call) =>
    lifecycle.stores.logIn(
      's3',
      profile,
      ({ code, url }) => {
        call.onProgress?.(`code ${code}`);
        void openLogin(code, url);
      },
      call.signal,
    ),
  );
  context.stores.refresh();
  void vscode.window.showInformationMessage('Logged in to AWS.');
}

/** The code is shown first: who compares it with the page knows that it is their own login that they confirm. */
async function openLogin(code: string, url: string): Promise<void> {
  const open = 'Open Browser';
  const copy = 'Copy Address';
  const detail = `AWS shows this code in the browser. Confirm there only if it is the same.\n\n${url}`;
  const pick = await vscode.window.showInformationMessage(
    `Log in to AWS with the code ${code}`,
    { modal: true, detail },
    open,
    copy,
  );
  if (pick === open) await vscode.env.openExternal(vscode.Uri.parse(url));
  if (pick === copy) await vscode.env.clipboard.writeText(url);
}
