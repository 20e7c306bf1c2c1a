import { z } from 'zod';

const name = z.string().min(1);
const opt = z.exactOptional;
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `sources` of `ml.yaml`. The login is that of "Connect Google…". */
export const SOURCES_SETTINGS = z.strictObject({
  bigquery: opt(
    z.strictObject({
      /** Who pays for queries; unless named here, the project of "Connect Google…". */
      project: opt(name),
      /** Projects to show that are not listed for the login, such as bigquery-public-data. */
      projects: opt(z.array(name)),
      /** No query may be billed for more: bytes, or a size such as 10 GB. */
      maximumBytesBilled: opt(
        z.union([z.number().int().positive(), z.string().regex(SIZE, 'not a size such as 10 GB')]),
      ),
      /** USD for each TiB that queries read. */
      prices: opt(z.strictObject({ query: opt(z.number().nonnegative()) })),
    }),
  ),
});
export type SourcesSettings = z.infer<typeof SOURCES_SETTINGS>;

/** `10 GB` → 10,000,000,000. */
export function byteCount(size: number | string): number {
  if (typeof size === 'number') return size;
  const [, count = '0', unit = 'B'] = SIZE.exec(size) ?? [];
  return Math.round(Number(count) * (UNITS[unit] ?? 1));
}
