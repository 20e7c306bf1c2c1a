import * as vscode from 'vscode';
import type { CommandContext } from './command-context';
import type { CommandId } from './command-ids';
import { showError } from './errors';

type Action = (context: CommandContext, first?: unknown, second?: unknown) => unknown;
interface Entry {
  readonly run: Action;
  /** It executes nothing of the folder, so it is there without trust too. */
  readonly safe?: true;
}

const data = () => import('./actions/data');
const charts = () => import('./actions/charts');
const recipe = () => import('./actions/recipe');
const runs = () => import('./actions/runs');
const models = () => import('./actions/models');
const endpoints = () => import('./actions/endpoints');
const python = () => import('./actions/python');
const project = () => import('./actions/project');
const scripts = () => import('./actions/scripts');
const cases = () => import('./actions/cases');
const stores = () => import('./actions/stores');
const transfers = () => import('./actions/store-transfers');
const sources = () => import('./actions/sources');
const aws = () => import('./actions/aws');
const google = () => import('./actions/google');
const account = () => import('./actions/account');
const explain = () => import('./actions/explain');

/** Every command and what it does; the code behind one is loaded when it is used. */
export const COMMANDS: Readonly<Record<CommandId, Entry>> = {
  'mll.openData': { safe: true, run: async (c, arg) => (await data()).openData(c, arg) },
  'mll.openFolder': { safe: true, run: async (c, arg) => (await data()).openFolder(c, arg) },
  'mll.openAsText': { safe: true, run: async (c, arg) => (await data()).openAsText(c, arg) },
  'mll.sql.open': { safe: true, run: async (c, arg) => (await data()).openSql(c, arg) },
  'mll.chart.open': { safe: true, run: async (c, arg, given) => (await charts()).openChart(c, arg, given) },
  'mll.chart.openFile': { safe: true, run: async (c, arg) => (await charts()).openChart(c, arg, undefined) },
  'mll.preprocess': { run: async (c, arg) => (await recipe()).preprocess(c, arg) },
  'mll.addToDatasets': { run: async (c, arg, all) => (await data()).addToDatasets(c, arg, all) },
  'mll.dataset.add': { run: async (c) => (await data()).chooseAndAdd(c) },
  'mll.dataset.remove': { run: async (c, arg) => (await data()).removeDataset(c, arg) },
  'mll.dataset.fetch': { run: async (c, arg) => (await transfers()).fetchCommand(c, arg) },
  'mll.store.add': { run: async (c) => (await stores()).addStore(c) },
  'mll.store.addBucket': { run: async (c, arg) => (await stores()).addBucket(c, arg) },
  'mll.store.forget': { run: async (c, arg) => (await stores()).forgetStore(c, arg) },
  'mll.store.open': { run: async (c, arg) => (await stores()).openObject(c, arg) },
  'mll.store.openUri': { run: async (c) => (await stores()).openUri(c) },
  'mll.store.download': { run: async (c, arg, all) => (await transfers()).download(c, arg, all) },
  'mll.store.versions': { run: async (c, arg) => (await transfers()).versions(c, arg) },
  'mll.store.upload': { run: async (c, arg, all) => (await transfers()).upload(c, arg, all) },
  'mll.store.uploadFolder': { run: async (c, arg) => (await transfers()).uploadFolder(c, arg) },
  'mll.store.copyUri': { run: async (c, arg, all) => (await stores()).copyUri(c, arg, all) },
  'mll.store.addToDatasets': { run: async (c, arg, all) => (await stores()).addToDatasets(c, arg, all) },
  'mll.store.delete': { run: async (c, arg, all) => (await stores()).deleteObjects(c, arg, all) },
  'mll.store.search': { run: async (c, arg) => (await stores()).search(c, arg) },
  'mll.store.clearSearch': { run: async (c, arg) => (await stores()).clearSearch(c, arg) },
  'mll.store.more': { run: (c, uri) => c.stores.more(String(uri)) },
  'mll.store.refresh': { run: async (c, arg) => (await stores()).refreshStores(c, arg) },
  'mll.source.open': { run: async (c, arg) => (await sources()).openTable(c, arg) },
  'mll.source.openUri': { run: async (c) => (await sources()).openAddress(c) },
  'mll.source.sql': { run: async (c, arg) => (await sources()).openSql(c, arg) },
  'mll.source.export': { run: async (c, arg) => (await sources()).exportCommand(c, arg) },
  'mll.source.copyUri': { run: async (c, arg) => (await sources()).copyAddress(c, arg) },
  'mll.source.addToDatasets': { run: async (c, arg) => (await sources()).addToDatasets(c, arg) },
  'mll.source.more': { run: (c, uri) => c.sources.more(String(uri)) },
  'mll.source.refresh': { run: async (c, arg) => (await sources()).refreshSources(c, arg) },
  'mll.google.login': { run: async (c, command) => (await google()).logIn(c, command) },
  'mll.aws.login': { run: async (c, command) => (await aws()).logIn(c, command) },
  'mll.train': { run: async (c, arg) => (await runs()).train(c, arg) },
  'mll.recipe.open': { safe: true, run: async (c, arg) => (await recipe()).openRecipe(c, arg) },
  'mll.recipe.run': { run: async (c, arg) => (await recipe()).runRecipe(c, arg) },
  'mll.recipe.export': {
    run: async (c, arg) => (await import('./actions/recipe-export')).exportRecipe(c, arg),
  },
  'mll.recipe.allow': {
    safe: true,
    run: async (c, place) => (await import('./outside')).allowReading(c, place),
  },
  'mll.recipe.preprocess': {
    run: async (c, arg, all) => (await recipe()).preprocessWith(c, arg, all),
  },
  'mll.recipe.runInBigQuery': {
    run: async (c, arg) => (await import('./actions/recipe-in-source')).runInBigQuery(c, arg),
  },
  'mll.recipe.prepare': { run: async (c, arg) => (await recipe()).prepare(c, arg) },
  'mll.run.open': { run: async (c, arg) => (await runs()).openRun(c, arg) },
  'mll.run.cancel': { run: async (c, arg) => (await runs()).cancelRun(c, arg) },
  'mll.run.rerun': { run: async (c, arg) => (await runs()).rerun(c, arg) },
  'mll.run.openLog': { run: async (c, arg) => (await runs()).openRunLog(c, arg) },
  'mll.run.remove': { run: async (c, arg) => (await runs()).removeRun(c, arg) },
  'mll.model.deploy': { run: async (c, arg) => (await models()).deploy(c, arg) },
  'mll.model.evaluate': { run: async (c, arg) => (await models()).evaluate(c, arg) },
  'mll.model.predict': { run: async (c, arg) => (await models()).predict(c, arg) },
  'mll.model.export': { run: async (c, arg) => (await models()).exportModel(c, arg) },
  'mll.model.remove': { run: async (c, arg) => (await models()).removeModel(c, arg) },
  'mll.endpoint.open': { run: async (c, arg) => (await endpoints()).openEndpoint(c, arg) },
  'mll.endpoint.monitor': { run: async (c, arg) => (await endpoints()).monitor(c, arg) },
  'mll.endpoint.retrain': { run: async (c, arg) => (await endpoints()).retrain(c, arg) },
  'mll.endpoint.update': { run: async (c, arg, model) => (await endpoints()).update(c, arg, model) },
  'mll.endpoint.rollback': { run: async (c, arg) => (await endpoints()).rollback(c, arg) },
  'mll.endpoint.start': { run: async (c, arg) => (await endpoints()).start(c, arg) },
  'mll.endpoint.stop': { run: async (c, arg) => (await endpoints()).stop(c, arg) },
  'mll.endpoint.load': { run: async (c, arg) => (await endpoints()).load(c, arg) },
  'mll.endpoint.copyUrl': { run: async (c, arg) => (await endpoints()).copyUrl(c, arg) },
  'mll.endpoint.openLog': { run: async (c, arg) => (await endpoints()).openLog(c, arg) },
  'mll.endpoint.remove': { run: async (c, arg) => (await endpoints()).removeEndpoint(c, arg) },
  'mll.case.send': { run: async (c, uri, name) => (await cases()).sendCase(c, uri, name) },
  'mll.case.runAll': { run: async (c, uri) => (await cases()).runAllCases(c, uri) },
  'mll.python.create': { run: async (c) => (await python()).createPython(c) },
  'mll.python.select': { run: async (c) => (await python()).selectPython(c) },
  'mll.python.installMissing': { run: async (c) => (await python()).installMissing(c) },
  'mll.doctor': { run: async (c) => (await project()).doctor(c) },
  'mll.explain': { safe: true, run: async (c, arg) => (await explain()).explainFailure(c, arg) },
  'mll.project.init': { run: async (c) => (await project()).init(c) },
  'mll.script.new': { run: async (c) => (await scripts()).newScript(c) },
  'mll.script.debug': { run: async (c, arg) => (await scripts()).debugScript(c, arg) },
  'mll.refresh': {
    run: (c) => {
      c.trees.refresh();
      c.stores.refresh();
      c.sources.refresh();
      // Pages that are open say what is true now, too.
      for (const root of c.roots()) c.changed(root, 'endpoints');
    },
  },
  'mll.connect.google': { run: async (c) => (await google()).connectGoogle(c) },
  'mll.connect.aws': { run: async (c) => (await account()).connectAws(c) },
  'mll.connect.vertex': { run: async (c) => (await import('./actions/vertex')).connectVertex(c) },
  'mll.connect.create': { run: async (c, provider) => (await account()).createWhatIsMissing(c, provider) },
  'mll.resources': { run: async (c) => (await account()).showResources(c) },
  'mll.run.openConsole': { run: async (c, arg) => (await account()).openConsole(c, arg) },
  'mll.log': { safe: true, run: (c) => c.log.show() },
  'mll.openFile': { safe: true, run: async (_, file, line) => (await project()).openFile(file, line) },
};

/** Registers the table; a failure of any command is shown in the one place, and never reaches VS Code as a raw text. */
export function registerCommands(context: CommandContext): void {
  for (const [id, entry] of Object.entries(COMMANDS)) {
    const run = async (first?: unknown, second?: unknown): Promise<unknown> => {
      try {
        if (entry.safe !== true && !vscode.workspace.isTrusted) {
          await offerTrust();
          return undefined;
        }
        return await entry.run(context, first, second);
      } catch (error) {
        // Not awaited: the command is over, the message may stay.
        void showError(context, error);
        return undefined;
      }
    };
    context.extension.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}

async function offerTrust(): Promise<void> {
  const manage = 'Manage Trust';
  const pick = await vscode.window.showWarningMessage(
    'This folder is not trusted, so nothing of it is executed. Data can be looked at.',
    manage,
  );
  if (pick === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}
