import { UserError } from '../../core/errors';
import type { ListedFiles } from '../../core/listed-files';
import type { JobSpec } from '../../core/run';
import { DISTRIBUTIONS, type Framework, frameworkOf } from '../cloud/frameworks';
import type { Config } from './config';
import table from './images.json';

/** A prebuilt image of Google's, and what of it matters to a job. */
export interface Image {
  readonly uri: string;
  /** `3.10`; undefined for an image that the person named by its URI. */
  readonly python?: string;
  /** Requirements of the runtime that this image may lack. */
  readonly lacks: readonly string[];
  /** Which image, and why, to be read before the job starts. */
  readonly notes: readonly string[];
}

/** Names as a person writes them, in the order they are offered. */
export const FRAMEWORKS: Readonly<Record<Framework, string>> = {
  sklearn: 'scikit-learn',
  xgboost: 'XGBoost',
  pytorch: 'PyTorch',
  tensorflow: 'TensorFlow',
};

interface Listed {
  readonly cpu: string;
  readonly gpu?: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
}

const versionsOf = (framework: Framework): Readonly<Record<string, Listed | undefined>> =>
  table.frameworks[framework];
const isFramework = (name: string): name is Framework => Object.hasOwn(table.frameworks, name);

/** The version that is used unless another is asked for. */
export const defaultVersion = (framework: Framework): string => Object.keys(versionsOf(framework))[0] ?? '';

/** What models are made with unless the image brings it: the version of the scikit-learn image. */
const SCIKIT_LEARN = table.frameworks.sklearn['1.6'].packages['scikit-learn'];

/** Google keeps its images in three places; the nearest one is used. */
export function hostOf(region: string): string {
  if (/^(asia|australia)-/.test(region)) return 'asia-docker.pkg.dev';
  return /^(europe|me|africa)-/.test(region) ? 'europe-docker.pkg.dev' : 'us-docker.pkg.dev';
}

/** The image of that name (see `image:` in ml.yaml). A UserError where Google has none such. */
export function imageNamed(text: string, region: string, gpu: boolean): Omit<Image, 'notes'> {
  if (/^[^/]+\/.+/.test(text)) return { uri: text, lacks: [] };
  const [name = '', version] = text.split(':');
  const framework = isFramework(name) ? name : 'sklearn';
  const wanted = isFramework(name) ? (version ?? defaultVersion(name)) : text;
  const listed = versionsOf(framework)[wanted];
  if (!listed) {
    throw new UserError(
      'invalid',
      `There is no ${FRAMEWORKS[framework]} image "${wanted}" of Google that is offered here.`,
      {
        fix: `Choose one of ${Object.keys(versionsOf(framework)).join(', ')}, another framework (${Object.keys(FRAMEWORKS).join(', ')}), or name a whole image URI ("image:" in ml.yaml).`,
      },
    );
  }
  const tag = gpu ? (listed.gpu ?? listed.cpu) : listed.cpu;
  return {
    uri: `${hostOf(region)}/vertex-ai/training/${tag}:latest`,
    python: listed.python,
    lacks: listed.packages['scikit-learn'] === undefined ? [`scikit-learn==${SCIKIT_LEARN}`] : [],
  };
}

/** Versions of the packages in the image of that name, as far as they are known: a framework's is in the image's own name. */
export function packagesOf(text: string): Readonly<Record<string, string>> {
  if (text.includes('/')) return {};
  const [name = '', version] = text.split(':');
  const framework = isFramework(name) ? name : 'sklearn';
  const wanted = isFramework(name) ? (version ?? defaultVersion(name)) : text;
  const own = Object.entries(DISTRIBUTIONS).filter(([, of]) => of === framework);
  return {
    ...Object.fromEntries(own.map(([distribution]): [string, string] => [distribution, wanted])),
    ...versionsOf(framework)[wanted]?.packages,
  };
}

/** The image that a job runs in: the one that was asked for, else the one whose framework the script imports, else scikit-learn's. */
export async function jobImage(
  { region, settings }: Config,
  spec: JobSpec,
  from: { readonly code: ListedFiles; readonly gpu: boolean },
): Promise<Image> {
  const given = spec.resources?.image ?? settings.image;
  const found = given === undefined ? await frameworkOf(spec, from.code) : undefined;
  const image = imageNamed(given ?? found?.framework ?? 'sklearn', region, from.gpu);
  const why =
    found &&
    `${found.why}, so Google's ${FRAMEWORKS[found.framework]} image is used ("--image" chooses another).`;
  return { ...image, notes: [`Image: ${image.uri}`, ...(why === undefined ? [] : [why])] };
}
