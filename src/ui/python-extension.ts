import * as vscode from 'vscode';

interface Environments {
  getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
  resolveEnvironment(
    environment: unknown,
  ): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
}

/** The interpreter of the setting `mll.python.path`, or the one that the Python extension has selected for a folder; undefined when there is neither. */
export async function selectedPython(root: string): Promise<string | undefined> {
  const uri = vscode.Uri.file(root);
  const setting = vscode.workspace.getConfiguration('mll', uri).get<string>('python.path', '').trim();
  if (setting !== '') return setting;
  const python = vscode.extensions.getExtension<{ readonly environments?: Environments }>('ms-python.python');
  if (!python) return undefined;
  const { environments } = await python.activate();
  if (!environments) return undefined;
  const found = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(uri));
  return found?.executable.uri?.fsPath;
}
