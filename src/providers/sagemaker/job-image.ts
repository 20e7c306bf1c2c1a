import type { ListedFiles } from '../../core/listed-files';
import type { JobSpec } from '../../core/run';
import type { Config } from './config';
import { FRAMEWORKS, hasGpu, type Image, imageNamed } from './images';
import { frameworkOf } from '../cloud/frameworks';

export interface JobImage extends Image {
  /** Which image, and why, to be read before the job starts. */
  readonly notes: readonly string[];
}

/**
 * The image that a job runs in: the one that was asked for, else the one whose framework the script imports (or the model was made
 * with), else scikit-learn's. A framework that the script's own requirements.txt names is installed from there, into scikit-learn's.
 */
export async function jobImage(
  config: Config,
  spec: JobSpec,
  from: { readonly code: ListedFiles; readonly machine: string },
): Promise<JobImage> {
  const { region, settings } = config;
  const { machine } = from;
  const given = spec.resources?.image ?? settings.image;
  if (given !== undefined) return said(imageNamed(given, region, machine), machine);
  const found = await frameworkOf(spec, from.code);
  if (!found) return said(imageNamed('sklearn', region, machine), machine);
  const note = `${found.why}, so AWS's ${FRAMEWORKS[found.framework]} image is used ("--image" chooses another).`;
  return said(imageNamed(found.framework, region, machine), machine, note);
}

function said(image: Image, machine: string, note?: string): JobImage {
  const idle = image.framework === 'sklearn' && hasGpu(machine);
  return {
    ...image,
    notes: [
      `Image: ${image.uri}`,
      ...(note === undefined ? [] : [note]),
      ...(idle ? [`scikit-learn's image makes no use of the GPU of ${machine}.`] : []),
    ],
  };
}
