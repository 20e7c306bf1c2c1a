import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { ProjectPaths } from './api';
import type { CoreContext } from './context';
import { readText } from './files';
import { flatLayout, parseManifest } from './manifests';
import { portablePath, projectPaths } from './project';
import { DIALECT } from './schemas';
import type { Dialect, TableSource } from './table';

interface Remembered {
  readonly name: string;
  readonly path: string;
  readonly dialect: Partial<Dialect>;
  readonly table?: string;
}

const REMEMBERED: z.ZodType<Remembered> = z.looseObject({
  name: z.string().min(1),
  path: z.string().min(1),
  dialect: DIALECT,
  table: z.exactOptional(z.string()),
});

/** A path is no file name everywhere, so a manifest is named by its hash. */
function keyOf(kept: string): string {
  return createHash('sha256').update(kept).digest('hex').slice(0, 16);
}

/** How a file is read, and which of its tables. */
export type Chosen = Pick<TableSource, 'dialect' | 'table'>;

/** What a person chose for the reading of a text table, kept in `.ml/dialects`: all that reads the file reads it so. */
export interface Dialects {
  of(file: string): Promise<Chosen | undefined>;
  /** undefined: the dialect is detected again. */
  remember(file: string, dialect: Partial<Dialect> | undefined): Promise<void>;
  rememberTable(file: string, table: string): Promise<void>;
}

export function createDialects(
  context: Pick<CoreContext, 'manifests' | 'portable' | 'ensureProject'>,
): Dialects {
  const folder = context.manifests(flatLayout('dialects'), REMEMBERED);
  return {
    async of(file) {
      return chosenOf(await folder.read(keyOf(context.portable(file))));
    },
    async remember(file, dialect) {
      const kept = context.portable(file);
      const name = keyOf(kept);
      if (dialect === undefined && (await folder.read(name)) === undefined) return;
      await context.ensureProject();
      await folder.update(name, (old) =>
        dialect || old?.table !== undefined
          ? { ...old, name, path: kept, dialect: dialect ?? {} }
          : undefined,
      );
    },
    async rememberTable(file, table) {
      const kept = context.portable(file);
      const name = keyOf(kept);
      await context.ensureProject();
      await folder.update(name, (old) => ({ dialect: {}, ...old, name, path: kept, table }));
    },
  };
}

function chosenOf(kept: Remembered | undefined): Chosen | undefined {
  if (!kept) return undefined;
  const { dialect, table } = kept;
  return {
    ...(Object.keys(dialect).length > 0 ? { dialect } : {}),
    ...(table === undefined ? {} : { table }),
  };
}

/** As {@link Dialects.of}, for who shows a file before the project is opened. */
export async function rememberedChoice(root: string, file: string): Promise<Chosen | undefined> {
  const paths: ProjectPaths = projectPaths(root);
  const name = path.join(paths.ml, 'dialects', `${keyOf(portablePath(paths, file))}.json`);
  const text = await readText(name);
  return text === undefined ? undefined : chosenOf(parseManifest(text, name, REMEMBERED));
}
