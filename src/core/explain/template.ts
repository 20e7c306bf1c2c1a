/** What a signal's named groups found. */
export type Nouns = Readonly<Record<string, string | undefined>>;

const PLACEHOLDER = /\{(?<name>[A-Za-z_]\w*)(?:\|(?<otherwise>[^{}]*))?\}/;
const LONGEST = 160;

/** A noun as it stands in a sentence: one line, without the quotes and stops that stood around it. */
function clean(noun: string): string {
  const one = noun
    .replaceAll(/\s+/g, ' ')
    .replace(/^["'`\s]+/, '')
    .replace(/["'`.,;:\s]+$/, '');
  return one.length > LONGEST ? `${one.slice(0, LONGEST)}…` : one;
}

/** `{name}` becomes the noun, `{name|otherwise}` the noun or what stands after the bar; they may be nested. */
export function fill(template: string, nouns: Nouns): string {
  let text = template;
  // Innermost first; a noun is marked so that braces of its own are not taken for a placeholder.
  const kept: string[] = [];
  for (let found = PLACEHOLDER.exec(text); found; found = PLACEHOLDER.exec(text)) {
    const noun = clean(nouns[found.groups?.name ?? ''] ?? '');
    let value = found.groups?.otherwise ?? '';
    if (noun !== '') {
      value = `\u0001${kept.length}\u0002`;
      kept.push(noun);
    }
    text = text.slice(0, found.index) + value + text.slice(found.index + found[0].length);
  }
  // eslint-disable-next-line no-control-regex
  return text
    .replaceAll(/\u0001(\d+)\u0002/g, (_, at: string) => kept[Number(at)] ?? '')
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/ (?=[.,;:)])/g, '');
}
