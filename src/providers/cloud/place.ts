import path from 'node:path';
import type { ProjectPaths } from '../../core/api';
import { readText } from '../../core/files';
import type { Place } from '../../core/run';
import { RUN } from '../../core/schemas';

/** Where a run said that it is found, when its `run.json` is here; the job's name follows from the run's id otherwise. */
export async function readPlace(paths: ProjectPaths, runId: string): Promise<Place | undefined> {
  const text = await readText(path.join(paths.ml, 'runs', runId, 'run.json'));
  if (text === undefined) return undefined;
  try {
    return RUN.safeParse(JSON.parse(text)).data?.place;
  } catch {
    return undefined;
  }
}
