import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { ProjectPaths } from './api';
import type { CoreContext } from './context';
import { readText } from './files';
import { flatLayout, parseManifest } from './manifests';
import { portablePath, projectPaths } from './project';
import { DIALECT } from './schemas';
import type { Dialect } from './table';

interface Remembered {
  readonly name: string;
  readonly path: string;
  readonly dialect: Partial<Dialect>;
}

const REMEMBERED: z.ZodType<Remembered> = z.looseObject({
  name: z.string().min(1),
  path: z.string().min(1),
  dialect: DIALECT,
});

/** A path is no file name everywhere, so a manifest is named by its hash. */
function keyOf(kept: string): string {
  return createHash('sha256').update(kept).digest('hex').slice(0, 16);
}

/** What a person chose for the reading of a text table, kept in `.ml/dialects`: all that reads the file reads it so. */
export interface Dialects {
  of(file: string): Promise<Partial<Dialect> | undefined>;
  /** undefined: the dialect is detected again. */
  remember(file: string, dialect: Partial<Dialect> | undefined): Promise<void>;
}

export function createDialects(
  context: Pick<CoreContext, 'manifests' | 'portable' | 'ensureProject'>,
): Dialects {
  const folder = context.manifests(flatLayout('dialects'), REMEMBERED);
  return {
    async of(file) {
      return (await folder.read(keyOf(context.portable(file))))?.dialect;
    },
    async remember(file, dialect) {
      const kept = context.portable(file);
      const name = keyOf(kept);
      if (dialect === undefined && (await folder.read(name)) === undefined) return;
      await context.ensureProject();
      await folder.update(name, () => (dialect ? { name, path: kept, dialect } : undefined));
    },
  };
}

/** As {@link Dialects.of}, for who shows a file before the project is opened. */
export async function rememberedDialect(root: string, file: string): Promise<Partial<Dialect> | undefined> {
  const paths: ProjectPaths = projectPaths(root);
  const name = path.join(paths.ml, 'dialects', `${keyOf(portablePath(paths, file))}.json`);
  const text = await readText(name);
  return text === undefined ? undefined : parseManifest(text, name, REMEMBERED).dialect;
}
