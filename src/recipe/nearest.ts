import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: equal but for case, or few letters away; undefined when none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: { name: string; far: number } | undefined;
  for (const name of names) {
    const far = distance(lower, name.toLowerCase());
    if (best === undefined || far < best.far) best = { name, far };
  }
  return best !== undefined && best.far <= Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3))
    ? best.name
    : undefined;
}
