import { DISTRIBUTIONS } from '../cloud/frameworks';
import { type MadeWith, minor, type ServingImage } from '../cloud/package';
import type { Config } from './config';
import { hostOf, imageNamed, packagesOf } from './images';
import table from './images.json';

/** An image that a model is served in. */
export interface Chosen extends ServingImage {
  readonly uri: string;
  /** Requirements of the runtime that this image may lack. */
  readonly lacks: readonly string[];
}

/**
 * The image that a package is served in: the one of the settings; else the one that jobs with such packages run in, whose Python and
 * packages are known; else, for what a newer Python made, an image of Google's with that Python, into which the rest is installed.
 */
export function servingImage({ settings, region }: Config, { packages }: MadeWith): Chosen {
  const named = (name: string): Chosen => ({
    ...imageNamed(name, region, false),
    packages: packagesOf(name),
  });
  const given = settings.endpoint?.image;
  if (given !== undefined) return named(given);
  const mine = packages['scikit-learn'];
  if (mine === undefined || minor(mine) === minor(packagesOf('sklearn')['scikit-learn'] ?? '')) {
    const own = Object.entries(DISTRIBUTIONS).find(([name]) => packages[name] !== undefined);
    return named(own?.[1] ?? 'sklearn');
  }
  const { tag, python } = table.newerPython;
  const uri = `${hostOf(region)}/vertex-ai/training/${tag}:latest`;
  return { uri, python, packages: {}, bare: true, lacks: [] };
}
