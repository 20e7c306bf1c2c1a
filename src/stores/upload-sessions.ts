import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { stateFolder } from '../core/folders';
import { readText, writeText } from '../core/files';

/** So long an upload that was not finished may go on: Cloud Storage keeps it no longer, and in S3 it costs as long as it is there. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

const PLACE = { store: z.enum(['s3', 'gs']), bucket: z.string(), key: z.string() };
const SESSION = z.object({ ...PLACE, id: z.string() });

/** Where an upload goes. */
export type UploadPlace = Readonly<Omit<z.infer<typeof SESSION>, 'id'>>;

/** An upload that was begun, so that the same one goes on where it stopped, also in another window or terminal. */
export interface UploadSession {
  /** What the store calls it (Cloud Storage: its address); undefined when it is a new one. */
  readonly id: string | undefined;
  keep(id: string): Promise<void>;
  forget(): Promise<void>;
}

const folder = (): string => path.join(stateFolder(), 'uploads');

/**
 * The session of this content on its way to that place. Whoever has the address of one of Cloud Storage may write that object,
 * so it lies in a file that only the person can read.
 */
export async function uploadSession(place: UploadPlace, content: readonly string[]): Promise<UploadSession> {
  const { store, bucket, key } = place;
  const name = createHash('sha256')
    .update(JSON.stringify([store, bucket, key, ...content]))
    .digest('hex');
  const file = path.join(folder(), `${name}.json`);
  const kept = await read(file);
  return {
    id: kept?.id,
    async keep(id) {
      await fs.mkdir(folder(), { recursive: true, mode: 0o700 });
      await writeText(file, JSON.stringify({ store, bucket, key, id }), 0o600);
    },
    forget: () => fs.rm(file, { force: true }),
  };
}

/** Uploads to that bucket that nobody went on with; each is forgotten when `end` says that it is no more in the store. */
export async function endOldUploads(
  store: UploadPlace['store'],
  bucket: string,
  end: (upload: { readonly key: string; readonly id: string }) => Promise<boolean>,
): Promise<void> {
  for (const name of await fs.readdir(folder()).catch(() => [])) {
    const file = path.join(folder(), name);
    const stat = await fs.stat(file).catch(() => undefined);
    if (!stat || Date.now() - stat.mtimeMs <= KEPT_MS) continue;
    const old = await read(file);
    if (old?.store !== store || old.bucket !== bucket) continue;
    if (await end(old)) await fs.rm(file, { force: true });
  }
}

async function read(file: string): Promise<z.infer<typeof SESSION> | undefined> {
  return SESSION.safeParse(JSON.parse((await readText(file)) ?? 'null')).data;
}
