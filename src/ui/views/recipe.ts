import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { Recipe, Step } from '../../recipe/model';
import type { RecipeEdit, RecipeViewApi, RecipeViewEvents, RecipeViewState } from '../../protocol';
import { runRecipeFile, saveIfOpen } from '../actions/recipe';
import { isDataFile } from '../choose';
import { runFix } from '../panels';
import type { Ui } from '../project';
import { recipeInput, replaceText } from '../recipe-text';
import type { ExampleTable, Joined } from './recipe-example';
import { openRecipeTable, type RecipeTable } from './recipe-table';
import { watchFile } from '../watch-file';
import { showPage } from '../webview';

/** Rows in which spellings are looked for. */
const SPELLED_ROWS = 200_000;
const NONE: Joined = { columns: new Map(), sources: {} };

/** One editor of a recipe: the text document is the truth, the view reads it anew after each change of it. */
export function showRecipe(ui: Ui, document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
  const file = document.uri.fsPath;
  const root = ui.root(document.uri) ?? path.dirname(file);
  const stops: vscode.Disposable[] = [];
  let opened: { input: string; table: Promise<RecipeTable> } | undefined;
  let dataWatch: vscode.Disposable | undefined;
  let restartWatched = false;
  // VS Code does not tell whether there is something to undo.
  let undoable = 0;
  let redoable = 0;
  let editing = 0;

  /** The other tables that the recipe joins; files on disk are read again when one of them may have changed. */
  let joined: { names: string; found: Promise<Joined> } | undefined;
  async function others(recipe: Recipe, signal?: AbortSignal): Promise<Joined> {
    const { tableNames } = await import('../../recipe/compile');
    const names = JSON.stringify(tableNames(recipe));
    if (names === '[]') {
      const { loadSteps } = await import('../../recipe/catalogue');
      await loadSteps(recipe.steps.map((one) => one.kind));
      return NONE;
    }
    if (joined?.names !== names) {
      const lifecycle = await ui.lifecycle(root);
      const found = lifecycle.recipes.tables(file, recipe, { signal }).then(({ tables, columns }) => ({
        columns,
        sources: Object.fromEntries(Object.entries(tables).map(([name, { source }]) => [name, source])),
      }));
      const made = { names, found };
      joined = made;
      found.catch(() => {
        if (joined === made) joined = undefined;
      });
    }
    return joined.found;
  }

  function forget(reason?: 'file' | 'engine'): void {
    const old = opened;
    opened = undefined;
    joined = undefined;
    void old?.table.then((one) => one.close()).catch(() => undefined);
    if (reason) page.tell('changed', { reason });
  }

  async function openTable(): Promise<RecipeTable> {
    const opening = await openRecipeTable(ui, root, file, document.getText());
    if (!restartWatched) {
      restartWatched = true;
      stops.push(new vscode.Disposable((await ui.engine()).onRestart(() => forget('engine'))));
    }
    dataWatch?.dispose();
    dataWatch = watchFile(vscode.Uri.file(opening.source.path), () => forget('file'));
    return opening;
  }

  async function table(): Promise<RecipeTable> {
    const input = await recipeInput(file, document.getText());
    if (opened && opened.input !== input) forget();
    const made = (opened ??= { input, table: openTable() });
    made.table.catch(() => {
      if (opened === made) opened = undefined;
    });
    return made.table;
  }

  /** The datasets, and the tables in the recipe's folder; not the recipe's own. */
  async function tablesBeside(own: string): Promise<readonly string[]> {
    const lifecycle = await ui.lifecycle(root);
    const beside = await vscode.workspace.fs.readDirectory(vscode.Uri.file(path.dirname(file)));
    const files = beside.filter(
      ([name, kind]) =>
        kind === vscode.FileType.File && isDataFile(name) && path.join(path.dirname(file), name) !== own,
    );
    const datasets = await lifecycle.datasets.list();
    const names = [...datasets.map((one) => one.name), ...files.map(([name]) => name)];
    return names.sort((a, b) => a.localeCompare(b, 'en'));
  }

  async function state(): Promise<RecipeViewState> {
    const [{ parse }, { catalogue }, { examine }, { servedSteps }, { splitInfo }, data] = await Promise.all([
      import('../../recipe/document'),
      import('../../recipe/catalogue'),
      import('../../recipe/compile'),
      import('../../recipe/serving'),
      import('../../recipe/split-form'),
      table(),
    ]);
    const { recipe: plain } = parse(document.getText());
    const { columns: more } = await others(plain);
    const { recipe, problems } = parse(document.getText(), data.columns, more);

    return {
      file: path.basename(file),
      saved: !document.isDirty,
      dataName: data.name,
      ...(data.sample ? { sample: data.sample } : {}),
      recipe,
      problems,
      columns: data.columns,
      tables: await tablesBeside(data.source.path),
      catalogue,
      splitInfo,
      served: problems.length === 0 ? servedSteps(recipe, examine(recipe, data.columns, more).plan) : [],
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
    const { source } = data;
    const name = `"${target.replaceAll('"', '""')}"`;
    const sql = `SELECT approx_count_distinct(${name}), count(*) FROM data`;
    const { rows } = await (
      await ui.engine()
    ).call('sql', { sql, tables: { data: source }, limit: 1 }, { signal });
    const [distinct, all] = (rows[0] ?? []).map(Number);
    return splitMethod(column.type, distinct ?? 0, all ?? 0);
  }

  /** With the time from which on rows are tested, where that is for the data to say and all of it is here. */
  async function withTime(text: string, signal: AbortSignal): Promise<string> {
    const [{ timeCut }, { source, sample }] = await Promise.all([import('./recipe-split'), table()]);
    return sample ? text : timeCut(await ui.engine(), source, text, signal);
  }

  async function edit(change: RecipeEdit, signal: AbortSignal): Promise<RecipeViewState> {
    const { apply } = await import('../../recipe/edit');
    const isTarget = change.edit === 'target' && change.target !== null;
    const method = isTarget ? await methodFor(change.target, signal) : undefined;
    const whole = isTarget && method !== undefined ? { ...change, method } : change;
    const written = apply(document.getText(), whole);
    const next = change.edit === 'split' ? await withTime(written, signal) : written;
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

  /** All of the recipe against its data. */
  async function whole(signal: AbortSignal) {
    const [{ examine }, { parse }, data] = await Promise.all([
      import('../../recipe/compile'),
      import('../../recipe/document'),
      table(),
    ]);
    const { recipe } = parse(document.getText());
    const { columns: more, sources } = await others(recipe, signal);
    return { recipe, data, more, sources, ...examine(recipe, data.columns, more) };
  }

  /** The recipe up to a step that would stand at that place. */
  async function examined(step: Step, at: number, signal: AbortSignal) {
    const [{ examine }, { parse }, data] = await Promise.all([
      import('../../recipe/compile'),
      import('../../recipe/document'),
      table(),
    ]);
    const { recipe } = parse(document.getText());
    // A step that is switched off is looked at as if it were on.
    const steps = [...recipe.steps.slice(0, at), { ...step, disabled: false }];
    const changed = { ...recipe, steps };
    const { columns, sources } = await others(changed, signal);
    return { data, sources, ...examine(changed, data.columns, columns) };
  }

  const examples = () => import('./recipe-example');
  async function exampleTable(): Promise<ExampleTable> {
    const [{ parse }, { id, columns }] = await Promise.all([import('../../recipe/document'), table()]);
    const { recipe } = parse(document.getText());
    return { recipe, table: id, columns, joined: await others(recipe), sampleRows: sampleRows() };
  }
  const sampleRows = (): number =>
    vscode.workspace.getConfiguration('mll', document.uri).get('recipe.sampleRows', 20_000);

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
      const { sample, source } = await table();
      const options = { ...(target === undefined ? {} : { target }), ...(sample ? { from: source } : {}) };
      return (await lifecycle.recipes.suggest(data, options, { signal })).suggestions;
    },
    async preview(
      { upTo, offset, limit, profile = false, all = false, rowsOnly = false },
      { signal, progress },
    ) {
      const { data, recipe, plan, schemas, sources } = await whole(signal);
      const [engine, { withMends }] = await Promise.all([ui.engine(), import('./recipe-mends')]);
      const found = await engine.call(
        'recipePreview',
        {
          table: data.id,
          plan,
          tables: sources,
          ...(upTo === undefined ? {} : { upTo }),
          sampleRows: sampleRows(),
          offset,
          limit,
          profile,
          all,
          rowsOnly,
        },
        { signal, onProgress: progress },
      );
      return withMends(engine, found, recipe, { plan, schemas }, signal);
    },
    async check({ step, at }, { signal }) {
      const { data, plan, problems, sources } = await examined(step, at, signal);
      const found = problems.filter((one) => one.step === at).map((one) => one.message);
      const expressions = plan.steps.find((one) => one.index === at)?.expressions ?? [];
      if (found.length > 0 || expressions.length === 0) return found;
      const engine = await ui.engine();
      const steps = plan.steps.filter((one) => one.index < at);
      const page = { sampleRows: sampleRows(), offset: 0, limit: 1, profile: false };
      // The columns as the steps before leave them; where one of those fails only what expressions may do is checked.
      const { columns } = await engine
        .call(
          'recipePreview',
          { table: data.id, plan: { ...plan, steps }, tables: sources, ...page },
          { signal },
        )
        .catch(() => ({ columns: [] }));
      const messages = await engine.call('checkExpressions', { columns, expressions }, { signal });
      return messages.filter((one) => one !== null);
    },
    async join({ step, at }, { signal }) {
      const { stepOf } = await import('../../recipe/catalogue');
      const matching = stepOf(step.kind)?.matching?.(step.options);
      if (!matching) return null;
      const { data, plan, sources } = await examined(step, at, signal);
      const steps = plan.steps.filter((one) => one.index < at);
      const params = { table: data.id, plan: { ...plan, steps }, tables: sources };
      return (await ui.engine()).call(
        'recipeJoin',
        { ...params, sampleRows: sampleRows(), matching },
        { signal },
      );
    },
    async spellings({ step, at }, { signal }) {
      const { data, plan, sources } = await examined(step, at, signal);
      const steps = plan.steps.filter((one) => one.index < at);
      const { columns } = step.options;
      return (await ui.engine()).call(
        'recipeSpellings',
        {
          table: data.id,
          plan: { ...plan, steps },
          tables: sources,
          sampleRows: SPELLED_ROWS,
          columns: Array.isArray(columns) ? columns.map(String) : [],
        },
        { signal },
      );
    },
    async request(_, { signal }) {
      const { requestColumns } = await import('../../recipe/serving');
      const { recipe, data, more, plan, problems } = await whole(signal);
      return problems.length === 0 ? requestColumns(recipe, plan, data.columns, more) : [];
    },
    async split({ split }, { signal }) {
      const [{ parse }, { splitFacts }, data] = await Promise.all([
        import('../../recipe/document'),
        import('./recipe-split'),
        table(),
      ]);
      const { recipe } = parse(document.getText());
      return splitFacts(await ui.engine(), data.source, recipe, data.columns, split, signal);
    },
    exampleRows: async (params, { signal }) =>
      (await examples()).exampleRows(await ui.engine(), await exampleTable(), params, signal),
    byExample: async (params, { signal }) =>
      (await examples()).byExample(await ui.engine(), await exampleTable(), params, signal),
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
    exportCode: async () => {
      await vscode.commands.executeCommand('mll.recipe.export', document.uri);
    },
    train: async () => {
      await vscode.commands.executeCommand('mll.train', document.uri);
    },
    async runFix(fix) {
      await runFix(fix);
      // What was refused before may be read now, and what was a sample may be here.
      if (fix.command === 'mll.recipe.allow' || fix.command === 'mll.dataset.fetch') forget('file');
    },
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
