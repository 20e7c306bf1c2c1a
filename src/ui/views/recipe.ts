import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { Column } from '../../core/table';
import type { RecipeEdit, RecipeViewApi, RecipeViewEvents, RecipeViewState, TableId } from '../../protocol';
import { runRecipeFile, saveIfOpen } from '../actions/recipe';
import { runFix } from '../panels';
import type { Ui } from '../project';
import { recipeInput, recipeSource, replaceText } from '../recipe-text';
import { watchFile } from '../watch-file';
import { showPage } from '../webview';

interface Table {
  readonly id: TableId;
  readonly columns: readonly Column[];
  readonly path: string;
}

/** One editor of a recipe: the text document is the truth, the view reads it anew after each change of it. */
export function showRecipe(ui: Ui, document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
  const file = document.uri.fsPath;
  const root = ui.root(document.uri) ?? path.dirname(file);
  const stops: vscode.Disposable[] = [];
  let opened: { input: string; table: Promise<Table> } | undefined;
  let dataWatch: vscode.Disposable | undefined;
  let restartWatched = false;
  // VS Code does not tell whether there is something to undo.
  let undoable = 0;
  let redoable = 0;
  let editing = 0;

  function forget(reason?: 'file' | 'engine'): void {
    const old = opened;
    opened = undefined;
    void old?.table
      .then(async (one) => (await ui.engine()).call('close', { table: one.id }))
      .catch(() => undefined);
    if (reason) page.tell('changed', { reason });
  }

  async function openTable(): Promise<Table> {
    const source = await recipeSource(ui, root, file, document.getText());
    const engine = await ui.engine();
    if (!restartWatched) {
      restartWatched = true;
      stops.push(new vscode.Disposable(engine.onRestart(() => forget('engine'))));
    }
    const { table, columns } = await engine.call('open', { source });
    // A scan settles the columns' exact types, which the plan is compiled against.
    const scanned = await engine.call('scan', { table });
    dataWatch?.dispose();
    dataWatch = watchFile(vscode.Uri.file(source.path), () => forget('file'));
    return { id: table, columns: scanned.columns.length > 0 ? scanned.columns : columns, path: source.path };
  }

  async function table(): Promise<Table> {
    const input = await recipeInput(file, document.getText());
    if (opened && opened.input !== input) forget();
    const made = (opened ??= { input, table: openTable() });
    made.table.catch(() => {
      if (opened === made) opened = undefined;
    });
    return made.table;
  }

  async function state(): Promise<RecipeViewState> {
    const [{ parse }, { catalogue }, data] = await Promise.all([
      import('../../recipe/document'),
      import('../../recipe/catalogue'),
      table(),
    ]);
    const { recipe, problems } = parse(document.getText(), data.columns);
    return {
      file: path.basename(file),
      saved: !document.isDirty,
      dataName: path.basename(data.path),
      recipe,
      problems,
      columns: data.columns,
      catalogue,
      canUndo: undoable > 0,
      canRedo: redoable > 0,
    };
  }

  /** A split by the classes of the old target does not fit the new one: by which method it goes on, if it is such a split. */
  async function methodFor(
    target: string,
    signal: AbortSignal,
  ): Promise<'stratified' | 'random' | undefined> {
    const [{ parse }, { splitMethod }, data] = await Promise.all([
      import('../../recipe/document'),
      import('../../recipe/split'),
      table(),
    ]);
    const { split, target: before } = parse(document.getText()).recipe;
    const column = data.columns.find((one) => one.name === target);
    if (split?.method !== 'stratified' || split.column !== undefined || before === target || !column)
      return undefined;
    const source = await recipeSource(ui, root, file, document.getText());
    const name = `"${target.replaceAll('"', '""')}"`;
    const sql = `SELECT approx_count_distinct(${name}), count(*) FROM data`;
    const { rows } = await (
      await ui.engine()
    ).call('sql', { sql, tables: { data: source }, limit: 1 }, { signal });
    const [distinct, all] = (rows[0] ?? []).map(Number);
    return splitMethod(column.type, distinct ?? 0, all ?? 0);
  }

  async function edit(change: RecipeEdit, signal: AbortSignal): Promise<RecipeViewState> {
    const { apply } = await import('../../recipe/edit');
    const isTarget = change.edit === 'target' && change.target !== null;
    const method = isTarget ? await methodFor(change.target, signal) : undefined;
    const whole = isTarget && method !== undefined ? { ...change, method } : change;
    const next = apply(document.getText(), whole);
    await asOurs(async () => {
      if (!(await replaceText(document, next))) {
        throw new UserError('conflict', `${path.basename(file)} could not be changed.`, {
          fix: 'It may be read-only; look at its text.',
          actions: [{ title: 'Open File', command: 'mll.openFile', args: [file, 1] }],
        });
      }
      await document.save();
    });
    return state();
  }

  /** A change that the view itself made is in the answer to it, so the view is not told of it too. */
  async function asOurs(work: () => Promise<void>): Promise<void> {
    editing += 1;
    try {
      await work();
    } finally {
      editing -= 1;
    }
  }

  async function history(command: 'undo' | 'redo'): Promise<RecipeViewState> {
    await asOurs(async () => {
      panel.reveal(undefined, false);
      await vscode.commands.executeCommand(command);
      await document.save();
    });
    return state();
  }

  const page = showPage<RecipeViewApi, RecipeViewEvents>(ui, panel.webview, 'recipe', {
    open: state,
    async profile(_, { signal, progress }) {
      const { id } = await table();
      return (await ui.engine()).call('profile', { table: id }, { signal, onProgress: progress });
    },
    async suggest({ target }, { signal }) {
      const lifecycle = await ui.lifecycle(root);
      const data = await recipeInput(file, document.getText());
      const options = target === undefined ? {} : { target };
      return (await lifecycle.recipes.suggest(data, options, { signal })).suggestions;
    },
    async preview({ upTo, offset, limit, profile = false }, { signal }) {
      const [{ examine }, { parse }, data] = await Promise.all([
        import('../../recipe/compile'),
        import('../../recipe/document'),
        table(),
      ]);
      const { plan } = examine(parse(document.getText(), data.columns).recipe, data.columns);
      const sampleRows = vscode.workspace
        .getConfiguration('mll', document.uri)
        .get('recipe.sampleRows', 20_000);
      return (await ui.engine()).call(
        'recipePreview',
        {
          table: data.id,
          plan,
          ...(upTo === undefined ? {} : { upTo }),
          sampleRows,
          offset,
          limit,
          profile,
        },
        { signal },
      );
    },
    async check({ step, at }, { signal }) {
      const [{ examine }, { parse }, data] = await Promise.all([
        import('../../recipe/compile'),
        import('../../recipe/document'),
        table(),
      ]);
      const { recipe } = parse(document.getText(), data.columns);
      // A step that is switched off is checked as if it were on.
      const steps = [...recipe.steps.slice(0, at), { ...step, disabled: false }];
      const { plan, problems } = examine({ ...recipe, steps }, data.columns);
      const found = problems.filter((one) => one.step === at).map((one) => one.message);
      const expressions = plan.steps.find((one) => one.index === at)?.expressions ?? [];
      if (found.length > 0 || expressions.length === 0) return found;
      const engine = await ui.engine();
      const messages = await engine.call(
        'checkExpressions',
        { columns: data.columns, expressions },
        { signal },
      );
      return messages.filter((one) => one !== null);
    },
    edit: (change, { signal }) => edit(change, signal),
    undo: () => history('undo'),
    redo: () => history('redo'),
    openAsText: async () => {
      await vscode.commands.executeCommand(
        'vscode.openWith',
        document.uri,
        'default',
        vscode.ViewColumn.Beside,
      );
    },
    async run() {
      if (!vscode.workspace.isTrusted) {
        throw new UserError(
          'permission',
          'This folder is not trusted, so its recipe is not run over all rows.',
          {
            fix: 'Trust the folder first (Manage in the bar on top).',
          },
        );
      }
      await saveIfOpen(document.uri);
      return runRecipeFile(ui, document.uri);
    },
    train: async () => {
      await vscode.commands.executeCommand('mll.train', document.uri);
    },
    runFix,
  });

  stops.push(
    vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document || event.contentChanges.length === 0) return;
      if (event.reason === vscode.TextDocumentChangeReason.Undo) {
        undoable = Math.max(0, undoable - 1);
        redoable += 1;
      } else if (event.reason === vscode.TextDocumentChangeReason.Redo) {
        undoable += 1;
        redoable = Math.max(0, redoable - 1);
      } else {
        undoable += 1;
        redoable = 0;
      }
      if (editing === 0) page.tell('changed', { reason: 'text' });
    }),
    vscode.workspace.onDidSaveTextDocument((saved) => {
      if (saved === document && editing === 0) page.tell('changed', { reason: 'text' });
    }),
  );
  panel.onDidDispose(() => {
    for (const stop of stops) stop.dispose();
    dataWatch?.dispose();
    page.dispose();
    forget();
  });
}
