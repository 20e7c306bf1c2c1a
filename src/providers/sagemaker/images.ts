import { UserError } from '../../core/errors';
import { type Config, partitionOf } from './config';
import type { Framework } from '../cloud/frameworks';
import table from './images.json';

/** A prebuilt image of AWS's, and what of it matters to a job or a package. */
export interface Image {
  readonly uri: string;
  /** Undefined for an image that the person named by its URI. */
  readonly framework?: Framework;
  /** `3.12`; undefined for an image that the person named by its URI. */
  readonly python?: string;
  /** Versions of the packages in it, as far as they are known. */
  readonly packages: Readonly<Record<string, string>>;
  /** Requirements of the runtime that this image may lack. */
  readonly lacks: readonly string[];
}

/** Names as a person writes them, in the order they are offered. */
export const FRAMEWORKS: Readonly<Record<Framework, string>> = {
  sklearn: 'scikit-learn',
  xgboost: 'XGBoost',
  pytorch: 'PyTorch',
  tensorflow: 'TensorFlow',
};

interface Listed {
  readonly tags: { readonly cpu: string; readonly gpu?: string };
  readonly python: string;
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** By region, where they are not those of the framework's newest version. */
  readonly accounts?: Readonly<Record<string, string | undefined>>;
}

const versionsOf = (framework: Framework): Readonly<Record<string, Listed | undefined>> =>
  table.frameworks[framework].versions;

const isFramework = (name: string): name is Framework => Object.hasOwn(table.frameworks, name);

/** The version that is used unless another is asked for. */
export const defaultVersion = (framework: Framework): string => Object.keys(versionsOf(framework))[0] ?? '';

/** Regions in which AWS lists the default image, in the order of the alphabet. */
export const regionsWithImages = (): readonly string[] => {
  const { accounts } = table.frameworks.sklearn;
  return Object.keys(versionsOf('sklearn')[defaultVersion('sklearn')]?.accounts ?? accounts).sort();
};

/** The version of scikit-learn in the default image: what models are served with, so what other images get too. */
const SCIKIT_LEARN = table.frameworks.sklearn.versions['1.9-0'].packages['scikit-learn'];

/** Machines with a GPU that SageMaker offers: families G, P (their names carry no other mark). */
export const hasGpu = (machine: string): boolean => /^ml\.[gp]\d/.test(machine);

/** A whole URI, a framework (`pytorch`), a framework's version (`pytorch:2.8.0`), or a version of scikit-learn's images (`1.9-0`). */
function asked(text: string): { uri: string } | { framework: Framework; version: string } {
  if (/^[^/]+\/.+/.test(text)) return { uri: text };
  const [name = '', version] = text.split(':');
  if (isFramework(name)) return { framework: name, version: version ?? defaultVersion(name) };
  return { framework: 'sklearn', version: text };
}

/** The image of that name (see `image:` in ml.yaml) for a machine. A UserError where AWS has none such in the region. */
export function imageNamed(text: string, region: string, machine: string): Image {
  const wanted = asked(text);
  if ('uri' in wanted) return { uri: wanted.uri, packages: {}, lacks: [] };
  const { framework, version } = wanted;
  const title = FRAMEWORKS[framework];
  const listed = versionsOf(framework)[version];
  if (!listed) {
    throw new UserError('invalid', `There is no ${title} image "${version}" of AWS that is offered here.`, {
      fix: `Choose one of ${Object.keys(versionsOf(framework)).join(', ')}, another framework (${Object.keys(FRAMEWORKS).join(', ')}), or name a whole image URI ("image:" in ml.yaml).`,
    });
  }
  const { accounts: usual, repository } = table.frameworks[framework];
  const accounts: Readonly<Record<string, string | undefined>> = listed.accounts ?? usual;
  const account = accounts[region];
  if (account === undefined) {
    throw new UserError(
      'unsupported',
      `AWS lists no image of ${title} ${version} in the region ${region} (as of ${table.date}).`,
      { fix: 'Choose another region, or name a whole image URI ("image:" in ml.yaml).' },
    );
  }
  const tag = hasGpu(machine) ? (listed.tags.gpu ?? listed.tags.cpu) : listed.tags.cpu;
  const packages = Object.entries(listed.packages).flatMap(([name, at]) =>
    at === undefined ? [] : [[name, at]],
  );
  return {
    uri: `${account}.dkr.ecr.${region}.${partitionOf(region).domain}/${repository}:${tag}`,
    framework,
    python: listed.python,
    packages: Object.fromEntries(packages) as Record<string, string>,
    lacks: framework === 'sklearn' ? [] : [`scikit-learn==${SCIKIT_LEARN}`],
  };
}

/**
 * The image that models are served with: the URI or the scikit-learn version of the settings, else the default. What a model of another
 * framework needs is installed into it: AWS's image to serve PyTorch is of another version than those to train it, that of TensorFlow
 * serves saved models without a handler in Python, and that of XGBoost its own file alone.
 */
export function servingImage({ settings, region }: Pick<Config, 'settings' | 'region'>): Image {
  const { image } = settings;
  const chosen = image === undefined ? undefined : asked(image);
  const own = chosen && ('uri' in chosen || chosen.framework === 'sklearn') ? image : undefined;
  return imageNamed(own ?? 'sklearn', region, '');
}
