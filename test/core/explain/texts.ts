import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const TEXT = z.object({
  class: z.string().optional(),
  where: z.string().optional(),
  /** Where it was read; without one it was produced by running the program, or is a vendor's documented wording. */
  source: z.string().optional(),
  text: z.string(),
});
export type Text = z.infer<typeof TEXT>;

/** Failure texts with the class that each belongs to, one JSON object a line. */
export function texts(name: string): readonly Text[] {
  const file = path.join(import.meta.dirname, 'texts', `${name}.jsonl`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => TEXT.parse(JSON.parse(line)));
}
