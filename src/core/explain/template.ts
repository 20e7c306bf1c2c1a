/** What a signal's named groups found. */
export type Nouns = Readonly<Record<string, string | undefined>>;

const OPTIONAL = /\[([^[\]]*\{[^[\]]*)\]/g;
const PLACEHOLDER = /\{(\w+)(?:\|((?:[^{}]|\{[^{}]*\})*))?\}/g;
const LONGEST_NOUN = 160;
const LONGEST_SAYING = 240;
/** What an answer's body says in words. */
const MESSAGE = /"(?:message|msg|detail|error_description|description)" ?: ?"(?<said>[^"]{3,})"/;
/** Where an exception comes from is no news to the reader. */
const MODULE = /^(?:[\w$]+\.)+(?=[A-Z]\w*: )/;

/** A noun as it stands in a sentence: one line, without the quotes and stops that stood around it. */
function clean(noun: string | undefined): string {
  const one = (noun ?? '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^["'`\s]+/, '')
    .replace(/["'`.,;:\s]+$/, '');
  return cut(one, LONGEST_NOUN);
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/**
 * The template with its nouns. `{name}` is the noun; `{name|otherwise}` is the noun or, without it, what stands after
 * the bar, which may hold another placeholder; `[ in {region}]` stands only where its noun was found.
 */
export function fill(template: string, nouns: Nouns): string {
  return place(
    template.replaceAll(OPTIONAL, (_, inner: string) => (namesOf(inner).every(has(nouns)) ? inner : '')),
    nouns,
  );
}

/** The sentence, and after a colon what the text itself says where the template has found no noun of its own. */
export function fillOrQuote(template: string, nouns: Nouns, saying: string): string {
  const sentence = fill(template, nouns);
  const plain = MESSAGE.exec(saying)?.groups?.said ?? saying;
  const quoted = cut(plain.replace(MODULE, '').replace(/[.,;:\s]+$/, ''), LONGEST_SAYING);
  if (quoted === '' || namesOf(template).some(has(nouns))) return sentence;
  return `${sentence.replace(/\.$/, '')}: ${quoted}.`;
}

function namesOf(template: string): readonly string[] {
  return [...template.matchAll(/\{(\w+)/g)].map((one) => one[1] ?? '');
}

function has(nouns: Nouns): (name: string) => boolean {
  return (name) => clean(nouns[name]) !== '';
}

function place(template: string, nouns: Nouns): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string, otherwise: string | undefined) => {
    const noun = clean(nouns[name]);
    return noun === '' && otherwise !== undefined ? place(otherwise, nouns) : noun;
  });
}
