import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { toErrorData, UserError } from '../../core/errors';
import { nameFromPath } from '../../core/names';
import type { Model } from '../../core/model';
import type { ProviderId } from '../../core/run';
import type { Column, TableSource } from '../../core/table';
import { samePath } from '../../formats/paths';
import type { Fix, TrainViewApi, TrainViewEvents, TrainViewState } from '../../protocol';
import { writeScript } from '../actions/scripts';
import { ALGORITHM_TEXTS } from '../algorithms';
import { followRun } from '../jobs';
import { describeTarget } from '../target-text';
import { openPanel, type PanelContent, type PanelKey, panelState, runFix } from '../panels';
import { fileSource } from '../file-source';
import type { Ui } from '../project';
import { DOWNLOAD } from '../python';
import { showPage } from '../webview';
import { describePart, openTrainTable, type TrainTable } from './train-table';

/** What to do for a provider whose settings are not complete. */
const CONNECT_FIRST: Readonly<
  Partial<Record<ProviderId, { readonly reason: string; readonly connect: Fix }>>
> = {
  sagemaker: {
    reason: 'AWS is not connected.',
    connect: { title: 'Connect AWS…', command: 'mll.connect.aws' },
  },
  vertex: {
    reason: 'Vertex AI is not connected.',
    connect: { title: 'Connect Vertex AI…', command: 'mll.connect.vertex' },
  },
};
/** Files up to this size are looked through for a likely target when the page opens. */
const GUESS_BYTES = 64 * 1024 * 1024;

/** The training page of a file or dataset. */
export function showTrain(ui: Ui, panel: vscode.WebviewPanel, key: PanelKey): PanelContent {
  const { root, name: data } = key;
  const core = () => ui.lifecycle(root);
  let target: string | null | undefined;

  let opened: Promise<TrainTable> | undefined;
  const table = (signal?: AbortSignal): Promise<TrainTable> => {
    // A file that is no dataset yet needs no manifest to be looked at.
    if (path.isAbsolute(data)) return fileSource(root, data).then((source) => ({ source }));
    const made = (opened ??= core().then((lifecycle) => openTrainTable(lifecycle, data, signal)));
    made.catch(() => {
      if (opened === made) opened = undefined;
    });
    return made;
  };
  /** A file may be replaced, and a copy may have come, while the page is open. */
  const close = (): void => {
    void opened?.then(({ part }) => part?.close()).catch(() => undefined);
    opened = undefined;
  };
  const source = async (): Promise<TableSource> => (await table()).source;

  const accountOf = async (provider: string) =>
    (await core()).account(isProvider(provider) ? provider : undefined);

  async function recipeFile(): Promise<string | null> {
    const file = key.recipe ?? (await (await core()).recipes.fileFor(data));
    return (await readFile(file).catch(() => undefined)) === undefined ? null : file;
  }

  async function likelyTarget(
    recipe: string | null,
    bytes: number,
    columns: readonly Column[],
  ): Promise<string | null> {
    if (recipe !== null) {
      const { parse } = await import('../../recipe/document');
      const named = parse(await readFile(recipe, 'utf8')).recipe.target;
      if (named !== undefined) return named;
    }
    if (bytes > GUESS_BYTES) return null;
    if ((await table()).placed) return guessFrom(await table());
    const lifecycle = await core();
    const guess = await lifecycle.recipes.suggest(data, {});
    return columns.some((one) => one.name === guess.target) ? guess.target : null;
  }

  /** By the beginning of a table in a store; of a footer nothing is guessed. */
  async function guessFrom({ source: from, part }: TrainTable): Promise<string | null> {
    if (part?.part === 'chunks') return null;
    const [{ guessTarget }, engine] = await Promise.all([import('../../recipe/suggest'), ui.engine()]);
    const { table: id } = await engine.call('open', { source: from });
    try {
      return guessTarget(await engine.call('profile', { table: id }))?.column ?? null;
    } finally {
      await engine.call('close', { table: id }).catch(() => undefined);
    }
  }

  /** True for a text column that is a number after the recipe, such as a price with its sign. */
  async function becomesNumber(column: string): Promise<boolean> {
    const recipe = await recipeFile();
    if (recipe === null) return false;
    const [{ parse }, { examine }, { kindOf, isNumeric }, engine] = await Promise.all([
      import('../../recipe/document'),
      import('../../recipe/compile'),
      import('../../recipe/schema'),
      ui.engine(),
    ]);
    const { table, columns } = await engine.call('open', { source: await source() });
    await engine.call('close', { table });
    if (columns.find((one) => one.name === column)?.type !== 'text') return false;
    const { schemas } = examine(parse(await readFile(recipe, 'utf8'), columns).recipe, columns);
    const after = schemas.at(-1)?.columns.find((one) => one.name === column);
    return after !== undefined && isNumeric(kindOf(after.sqlType));
  }

  async function pythonState(): Promise<TrainViewState['python']> {
    try {
      const info = await (await core()).python.current();
      const missing = Object.keys(info.missing);
      const which = `${info.version} (${info.kind === 'managed' ? 'managed' : info.path})`;
      return missing.length === 0
        ? { ok: true, text: which }
        : {
            ok: false,
            text:
              info.kind === 'managed'
                ? `${which} lacks ${missing.join(', ')}. Set Up makes it anew (${DOWNLOAD}).`
                : `${which} lacks ${missing.join(', ')}. Set Up installs what is missing into it.`,
          };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { message } = toErrorData(error);
      return {
        ok: false,
        text: `${message} Set Up makes one for ML Lifecycle alone; your own environments stay as they are (${DOWNLOAD}).`,
      };
    }
  }

  const page = showPage<TrainViewApi, TrainViewEvents>(
    ui,
    panel.webview,
    'train',
    {
      async open(_, { signal }) {
        const lifecycle = await core();
        const engine = await ui.engine();
        close();
        const { source: from, placed } = await table(signal);
        const shown = await engine.call('open', { source: from }, { signal });
        await engine.call('close', { table: shown.table });
        const recipe = await recipeFile();
        target ??= await likelyTarget(recipe, shown.bytes, shown.columns);
        const known = (await lifecycle.exists())
          ? (await lifecycle.datasets.list()).find(
              (one) => one.name === data || samePath(path.resolve(root, one.source.path), data),
            )
          : undefined;
        return {
          dataName: known?.name ?? path.basename(data),
          rows: known?.rows ?? null,
          recipe: recipe === null ? null : path.relative(root, recipe),
          ...(placed === undefined ? {} : { placed }),
          columns: shown.columns,
          target,
          algorithms: ALGORITHM_TEXTS,
          scripts: await findScripts(root),
          providers: (await lifecycle.providers()).map((one) => ({
            id: one.id,
            title: one.detail === '' ? one.title : `${one.title} (${one.detail})`,
            available: one.ready,
            ...(one.ready ? {} : (CONNECT_FIRST[one.id] ?? { reason: 'Connect it first.' })),
          })),
          modelName: nameFromPath(known?.name ?? data),
          models: (await lifecycle.exists()) ? newest(await lifecycle.models.list()) : [],
          python: await pythonState(),
          defaults: { seed: 7, folds: 5 },
        };
      },
      async describeTarget({ target: column }, { signal }) {
        const engine = await ui.engine();
        const name = `"${column.replaceAll('"', '""')}"`;
        const { source: from, part } = await table(signal);
        if (part?.part === 'chunks') {
          const { table: id, columns } = await engine.call('open', { source: from }, { signal });
          await engine.call('close', { table: id });
          const found = columns.find((one) => one.name === column);
          return describePart(part, found ?? { type: 'other' }, undefined);
        }
        const tables = { data: from };
        const ask = async (sql: string, limit: number) =>
          engine.call('sql', { sql, tables, limit }, { signal });
        if (await becomesNumber(column)) {
          const [[rows] = []] = (await ask('SELECT count(*) FROM data', 1)).rows;
          const text = 'A number, once the recipe has read it.';
          const counted = Number(rows ?? 0);
          return { task: 'regression', text, rows: part?.total(counted) ?? counted };
        }
        const counts = await ask(
          `SELECT ${name} AS value, count(*) AS n, CAST(sum(count(*)) OVER () AS BIGINT) FROM data GROUP BY 1 ORDER BY n DESC, 1`,
          1000,
        );
        const type = counts.columns[0]?.type ?? 'other';
        if (part) return describePart(part, { type }, counts);
        const rows = Number(counts.rows[0]?.[2] ?? 0);
        return { ...describeTarget(type, counts.rows, counts.total), rows };
      },
      async start(params) {
        const lifecycle = await core();
        const recipe = await recipeFile();
        const run = await lifecycle.runs.train({
          data,
          recipe,
          target: params.target,
          params: {
            ...params.params,
            ...(params.algorithm === undefined ? {} : { algorithm: params.algorithm }),
          },
          ...(params.script === undefined ? {} : { script: path.resolve(root, params.script) }),
          model: params.model,
          ...(isProvider(params.provider) ? { provider: params.provider } : {}),
          ...params.resources,
        });
        followRun(ui, root, run);
        ui.changed(root, 'datasets');
        openPanel(ui, { view: 'run', root, name: run.id });
        return { run: run.id };
      },
      defaults: async ({ provider }) => (await accountOf(provider)).defaults('train'),
      machines: async ({ provider }, { signal }) => (await accountOf(provider)).machines('train', signal),
      async newScript() {
        const file = await writeScript(ui, root);
        await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: vscode.ViewColumn.Beside });
        return { script: path.relative(root, file).split(path.sep).join('/') };
      },
      async setUpPython(_, { signal, progress }) {
        const lifecycle = await core();
        // Asks first: the choice of a Python is kept in the project.
        await lifecycle.init();
        const { python } = lifecycle;
        const call = { signal, onProgress: progress };
        const found = await python.current(signal).catch((error: unknown) => {
          if (error instanceof UserError) return undefined;
          throw error;
        });
        if (found) await python.installMissing(call);
        else {
          await python.createManaged(call);
          await python.use('managed');
        }
        return pythonState();
      },
      runFix,
    },
    panelState(key),
  );
  return {
    ...page,
    dispose() {
      close();
      page.dispose();
    },
  };
}

/** One of each name, the highest version. */
function newest(models: readonly Model[]): Model[] {
  const found = new Map<string, Model>();
  for (const one of models) {
    if (one.version > (found.get(one.name)?.version ?? 0)) found.set(one.name, one);
  }
  return [...found.values()];
}
const isProvider = (id: string): id is ProviderId => ['local', 'sagemaker', 'vertex'].includes(id);

async function findScripts(root: string): Promise<string[]> {
  const found = await vscode.workspace.findFiles(
    new vscode.RelativePattern(root, '**/*.py'),
    '{**/node_modules/**,**/.ml/**,**/.git/**,**/.venv/**,**/venv/**,**/site-packages/**}',
    100,
  );
  const scripts: string[] = [];
  for (const uri of found) {
    const text = await readFile(uri.fsPath, 'utf8').catch(() => '');
    if (/^\s*(import|from)\s+(ml_lifecycle|mlflow)\b/m.test(text)) {
      scripts.push(path.relative(root, uri.fsPath).split(path.sep).join('/'));
    }
  }
  return scripts.sort();
}
