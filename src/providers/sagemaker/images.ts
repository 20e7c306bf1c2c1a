import { UserError } from '../../core/errors';
import { type Config, partitionOf } from './config';
import table from './images.json';

/** A prebuilt image of AWS's, and what of it matters to a job or a package. */
export interface Image {
  readonly uri: string;
  /** `3.12`; undefined for an image that the person named. */
  readonly python?: string;
  /** Versions of the packages in it, as far as they are known. */
  readonly packages: Readonly<Record<string, string>>;
}

export const DEFAULT_IMAGE = '1.9-0';

interface Listed {
  readonly tag: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string | undefined>>;
}

/** The image for jobs and endpoints: the version or the URI of the settings, else the default. */
export function imageOf({ settings, region }: Pick<Config, 'settings' | 'region'>): Image {
  const wanted = settings.image ?? DEFAULT_IMAGE;
  if (/^[^/]+\/.+/.test(wanted)) return { uri: wanted, packages: {} };
  const { repository, accounts, versions } = table.frameworks.sklearn;
  const listed = (versions as Readonly<Record<string, Listed | undefined>>)[wanted];
  if (!listed) {
    throw new UserError('invalid', `There is no scikit-learn image "${wanted}" of AWS.`, {
      fix: `Choose one of ${Object.keys(versions).join(', ')}, or name a whole image URI ("image:" in ml.yaml).`,
    });
  }
  const account = (accounts as Readonly<Record<string, string | undefined>>)[region];
  if (account === undefined) {
    throw new UserError(
      'unsupported',
      `AWS lists no scikit-learn image in the region ${region} (as of ${table.date}).`,
      {
        fix: 'Choose another region, or name a whole image URI ("image:" in ml.yaml).',
      },
    );
  }
  const packages = Object.entries(listed.packages).flatMap(([name, version]) =>
    version === undefined ? [] : [[name, version]],
  );
  return {
    uri: `${account}.dkr.ecr.${region}.${partitionOf(region).domain}/${repository}:${listed.tag}`,
    python: listed.python,
    packages: Object.fromEntries(packages) as Record<string, string>,
  };
}
