import type { Datasets, Host, Models, ProjectPaths, PythonEnvironments, Recipes, Runs, Stores } from './api';
import type { ManifestFolder, ManifestLayout } from './manifests';
import type { Provider } from './provider';
import type { ProviderId } from './run';
import type { Sources } from './source';
import type { Settings } from './settings';
import type { z } from 'zod';

/** What the parts of one project's lifecycle share. */
export interface CoreContext {
  readonly host: Host;
  readonly paths: ProjectPaths;
  /** Folder of JSON manifests below `.ml`: `manifests(flatLayout('endpoints'), schema)`. Open each once and keep it. */
  manifests<T>(layout: ManifestLayout<NoInfer<T>>, schema: z.ZodType<T>): ManifestFolder<T>;
  /** `ml.yaml` with `.ml/local.yaml` over it, read anew. */
  settings(): Promise<Settings>;
  /** To be called before the first write: makes `ml.yaml` and `.ml/` with the person's consent, or throws. */
  ensureProject(): Promise<void>;
  /** By id; without one the project's default provider. A UserError when there is no such provider. */
  provider(id?: ProviderId): Promise<Provider>;
  /** Absolute path of a path in a manifest (relative ones are relative to the project). */
  absolute(path: string): string;
  /** The path as manifests keep it: relative with forward slashes inside the project, else absolute. */
  portable(path: string): string;
  readonly datasets: Datasets;
  readonly recipes: Recipes;
  readonly runs: Runs;
  readonly models: Models;
  readonly stores: Stores;
  readonly sources: Sources;
  readonly python: PythonEnvironments;
}
