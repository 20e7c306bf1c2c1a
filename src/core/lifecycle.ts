import type { Host, Lifecycle } from './api';
import { createCases } from './cases';
import { checkAll } from './check';
import type { CoreContext } from './context';
import { createDatasets } from './datasets';
import { createEndpoints } from './endpoints';
import { UserError } from './errors';
import type { FinishContext } from './finish';
import { manifestFolder } from './manifests';
import { createModels } from './models';
import { absolutePath, initProject, portablePath, projectExists, projectPaths } from './project';
import type { Provider } from './provider';
import { createPython } from './python';
import { createRecipes } from './recipes';
import type { ProviderId } from './run';
import { createRuns, RUN_LAYOUT } from './runs';
import { RUN } from './schemas';
import { providerChoices, readSettings, setProvider } from './settings';
import { createSources } from './sources';
import { createStores } from './stores';
import { watchManifests } from './watch';

/** Everything of one project folder. Touches neither disk nor process until it is asked something. */
export function createLifecycle(root: string, host: Host): Lifecycle {
  const paths = projectPaths(root);
  const providers = new Map<ProviderId, Promise<Provider>>();
  const stops = new Set<() => void>();

  async function provider(id?: ProviderId): Promise<Provider> {
    const wanted = id ?? (await readSettings(paths)).provider ?? 'local';
    const make = Object.hasOwn(host.providers, wanted) ? host.providers[wanted] : undefined;
    if (!make) {
      throw new UserError('unsupported', `The provider "${wanted}" is not available.`, {
        fix: `Available: ${Object.keys(host.providers).join(', ')}.`,
      });
    }
    const known = providers.get(wanted);
    if (known) return known;
    const made = make(paths, host);
    providers.set(wanted, made);
    // What did not work is tried again at the next call.
    made.catch(() => providers.delete(wanted));
    return made;
  }

  const shared = {
    host,
    paths,
    manifests: (layout, schema) => manifestFolder(paths.ml, layout, schema, (message) => host.log(message)),
    settings: () => readSettings(paths),
    ensureProject: () => initProject(paths, host, false),
    provider,
    absolute: (kept) => absolutePath(paths, kept),
    portable: (given) => portablePath(paths, given),
  } satisfies Partial<CoreContext>;

  // The parts know each other through the context only, and only when they are called.
  const context: FinishContext = {
    ...shared,
    runManifests: shared.manifests(RUN_LAYOUT, RUN),
    get datasets() {
      return datasets;
    },
    get inside() {
      return datasets;
    },
    get recipes() {
      return recipes;
    },
    get runs() {
      return runs;
    },
    get models() {
      return models;
    },
    get modelsInside() {
      return models;
    },
    get stores() {
      return stores;
    },
    get sources() {
      return sources;
    },
    get python() {
      return python;
    },
  };
  const python = createPython(paths, host);
  const datasets = createDatasets(context);
  const recipes = createRecipes(context);
  const models = createModels(context);
  const runs = createRuns(context);
  const endpoints = createEndpoints(context);
  const cases = createCases(context, endpoints);
  const stores = createStores(context);
  const sources = createSources(context);
  const folders = { datasets, runs, models, endpoints };
  const broken = async (of?: keyof typeof folders): Promise<readonly UserError[]> =>
    of === undefined
      ? (await Promise.all(Object.values(folders).map((one) => one.broken()))).flat()
      : folders[of].broken();

  return {
    paths,
    datasets,
    recipes,
    runs,
    models,
    endpoints,
    cases,
    stores,
    sources,
    python,
    broken,
    exists: () => projectExists(paths),
    init: (options = {}) => initProject(paths, host, options.agreed ?? false),
    watch(listener) {
      const stop = watchManifests(paths, listener, (message) => host.log(message));
      stops.add(stop);
      return () => {
        stops.delete(stop);
        stop();
      };
    },
    providers: async () => providerChoices(await readSettings(paths), Object.keys(host.providers)),
    async account(id) {
      const found = await provider(id);
      if (found.account) return found.account;
      throw new UserError('unsupported', `The provider "${found.id}" has no account.`, {
        fix: 'Name one that has: --provider sagemaker.',
      });
    },
    async connect(id, values) {
      await context.ensureProject();
      await setProvider(paths, id, values);
    },
    check: (options = {}, signal) => checkAll(context, [() => broken()], options, signal),
    dispose() {
      for (const stop of stops) stop();
      stops.clear();
    },
  };
}
