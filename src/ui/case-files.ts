import path from 'node:path';
import type * as vscode from 'vscode';

export const CASES_PATTERN = '**/*.cases.{yaml,yml}';

/** Where an endpoint's cases are kept: `NAME.cases.yaml` in the project's folder. */
export const casesFile = (root: string, endpoint: string): string =>
  path.join(root, `${endpoint}.cases.yaml`);

export const isCasesFile = (uri: vscode.Uri): boolean => /\.cases\.ya?ml$/i.test(uri.fsPath);
