// Runs inside the extension host: how long the extension's code takes to load and its `activate` to return, and what an
// eager start would cost. `extension.activate()` itself is not timed: it waits for messages of the window and the server.
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vscode = require('vscode');

exports.run = async () => {
  const extension = vscode.extensions.getExtension('ml-lifecycle.ml-lifecycle');
  if (extension.isActive) throw new Error('The extension was active before it was asked for.');
  const dist = path.join(extension.extensionPath, 'dist');
  const storage = vscode.Uri.file(path.join(require('node:os').tmpdir(), 'mll-activation'));
  const memento = {
    get: () => undefined,
    update: async () => undefined,
    keys: () => [],
    setKeysForSync: () => undefined,
  };
  const context = {
    subscriptions: [],
    extension,
    extensionUri: extension.extensionUri,
    extensionPath: extension.extensionPath,
    extensionMode: vscode.ExtensionMode.Test,
    globalStorageUri: storage,
    storageUri: storage,
    logUri: storage,
    globalState: memento,
    workspaceState: memento,
    environmentVariableCollection: { prepend: () => undefined, replace: () => undefined, persistent: false },
    asAbsolutePath: (name) => path.join(extension.extensionPath, name),
  };
  const start = performance.now();
  const { activate } = await import(pathToFileURL(path.join(dist, 'extension.js')).href);
  const loaded = performance.now();
  await activate(context);
  const activated = performance.now();
  for (const name of fs.readdirSync(path.join(dist, 'chunks'))) {
    await import(pathToFileURL(path.join(dist, 'chunks', name)).href);
  }
  await import(require.resolve('@duckdb/node-api'));
  const all = performance.now();
  const times = { load: loaded - start, activate: activated - loaded, all: all - start };
  console.log(`[suite] ${JSON.stringify(times)}`);
};
