import path from 'node:path';
import { Document } from 'yaml';
import type { Host, ProjectPaths } from './api';
import { UserError } from './errors';
import { fileExists, readText, realPath, writeText } from './files';
import { nameFromPath } from './names';
import { projectFile } from './settings';
import { isSourceUri, parseSourceUri, sourceUri } from './source-uri';
import { isStoreUri, parseStoreUri, storeUri } from './store-uri';
import { below } from '../formats/paths';

/** What of `.ml` is made to be committed, and what stays on this machine. */
const GITIGNORE = `# Made by ML Lifecycle. Manifests (*.json, run.json, recipe.yaml) are made to be committed; the rest stays on this machine.
/local.yaml
.lock
*.part
/cache/
/data/
/captures/
/runs/*/*
!/runs/*/run.json
!/runs/*/recipe.yaml
/models/*/*/
/endpoints/*/
`;

export function projectPaths(root: string): ProjectPaths {
  const absolute = path.resolve(root);
  return { root: absolute, ml: path.join(absolute, '.ml') };
}

export async function projectExists(paths: ProjectPaths): Promise<boolean> {
  return fileExists(projectFile(paths));
}

/** Makes `ml.yaml` and `.ml/.gitignore` where they are not there; asks first when there is no `ml.yaml` and nobody agreed yet. */
export async function initProject(paths: ProjectPaths, host: Host, agreed: boolean): Promise<void> {
  if (!(await projectExists(paths))) {
    const name = nameFromPath(`${path.basename(paths.root)}.x`);
    const yes =
      agreed ||
      ((await host.consent?.(
        `Make this folder an ML Lifecycle project?`,
        `Writes ml.yaml (settings) and the folder .ml (datasets, runs, models, endpoints) into ${paths.root}. Nothing else is changed, and nothing leaves this machine.`,
      )) ??
        false);
    if (!yes) {
      throw new UserError('cancelled', 'This folder is no project yet, and making one was not agreed to.', {
        fix: 'Run "mll init", or agree when asked.',
        actions: [{ title: 'Make Project', command: 'mll.project.init' }],
      });
    }
    const document = new Document({ project: name, provider: 'local', python: 'managed' });
    document.commentBefore =
      ' Settings of this ML Lifecycle project. Personal values may stand in .ml/local.yaml (not in git).';
    await writeText(projectFile(paths), document.toString());
  }
  const ignore = path.join(paths.ml, '.gitignore');
  if ((await readText(ignore)) !== GITIGNORE) await writeText(ignore, GITIGNORE);
}

/** Absolute path of a path as manifests keep it; an address in a store or source stays as it is. */
export function absolutePath(paths: ProjectPaths, kept: string): string {
  if (isStoreUri(kept) || isSourceUri(kept)) return kept;
  return path.resolve(paths.root, kept);
}

/** Relative with forward slashes when inside the project (so that the folder may move), else absolute. */
export function portablePath(paths: ProjectPaths, given: string): string {
  if (isStoreUri(given)) return storeUri(parseStoreUri(given));
  if (isSourceUri(given)) return sourceUri(parseSourceUri(given));
  const absolute = path.resolve(paths.root, given);
  // The folder may be open by a link's name while the file is named by the folder's own, or the reverse.
  return below(paths.root, absolute) ?? below(realPath(paths.root), realPath(absolute)) ?? absolute;
}
