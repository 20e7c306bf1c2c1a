import path from 'node:path';
import type { ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { nameFromPath } from '../../core/names';
import type { VertexSettings } from '../../core/provider-settings';
import { readSettings } from '../../core/settings';
import type { GoogleChoice } from '../../stores/google-login';
import { plainName } from '../cloud/names';

/** The settings with what must be there checked, and with what may be absent filled in. */
export interface Config {
  readonly settings: VertexSettings;
  readonly region: string;
  /** Google Cloud's project, by its id. */
  readonly account: string;
  /** Whose login is used: the one that "Connect Google…" chose. */
  readonly login: GoogleChoice;
  readonly bucket: string;
  /** Ends in `/`. */
  readonly prefix: string;
  /** The project's name here, as resources are labelled with it. */
  readonly project: string;
}

export const DEFAULT_MACHINE = 'n1-standard-4';
export const DEFAULT_MAX_MINUTES = 120;
export const DEFAULT_VOLUME_GB = 100;

const CONNECT = {
  fix: 'Run "mll connect vertex", or write it under "providers: vertex:" in ml.yaml.',
  actions: [{ title: 'Connect Vertex AI', command: 'mll.connect.vertex' }],
};

/** The part of the settings that says who asks for what project. */
export interface LoginConfig extends Pick<Config, 'settings' | 'account' | 'login' | 'project'> {
  readonly region: string | undefined;
}

const lacks = (what: string): UserError => new UserError('invalid', `${what} is not set.`, CONNECT);

/** Enough to ask Google who one is and what there is: region and bucket may still be missing. */
export async function readLogin(paths: ProjectPaths): Promise<LoginConfig> {
  const all = await readSettings(paths);
  const settings = all.providers?.vertex ?? {};
  const { account: person, keyFile, project: own } = all.stores?.gs ?? {};
  const account = settings.project ?? own;
  if (account === undefined) throw lacks('The project of Google Cloud ("project")');
  return {
    settings,
    account,
    login: { account: person, keyFile, project: account },
    project: all.project ?? nameFromPath(`${path.basename(paths.root)}.x`),
    region: settings.region,
  };
}

export async function readConfig(paths: ProjectPaths): Promise<Config> {
  const { region, ...found } = await readLogin(paths);
  const { store } = found.settings;
  if (region === undefined) throw lacks('The region of Google Cloud ("region")');
  if (store === undefined) throw lacks('The bucket that Vertex AI works with ("store")');
  const [bucket = '', ...parts] = store.replace(/^gs:\/\//, '').split('/');
  // All keys of a project begin with a folder of its own, so that deleting them touches nothing else of the bucket.
  const folders = [...parts.filter((one) => one !== ''), `mll-${plainName(found.project)}`];
  return { ...found, region, bucket, prefix: `${folders.join('/')}/` };
}

export const parentOf = (account: string, region: string): string =>
  `projects/${account}/locations/${region}`;

export const consoleUrl = (account: string, page: string): string =>
  `https://console.cloud.google.com/vertex-ai/${page}?project=${account}`;
