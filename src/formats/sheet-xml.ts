/** The start tags of this name. */
export function tags(xml: string, name: string): string[] {
  return xml.match(new RegExp(`<${name}(?=[\\s/>])[^>]*>`, 'g')) ?? [];
}

const SLOW = new Map<string, RegExp>();

/** An attribute's value as it is written in a start tag; undefined when it has none. */
export function attribute(tag: string, name: string): string | undefined {
  const at = tag.indexOf(` ${name}="`);
  if (at >= 0) {
    const from = at + name.length + 3;
    return tag.slice(from, tag.indexOf('"', from));
  }
  // No program that writes large sheets uses other quotes or white space.
  if (!tag.includes(name)) return undefined;
  const pattern = SLOW.get(name) ?? new RegExp(`\\s${name}\\s*=\\s*(?:'([^']*)'|"([^"]*)")`);
  SLOW.set(name, pattern);
  const found = pattern.exec(tag);
  return found?.[1] ?? found?.[2];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** XML text; Excel writes a control character as _x000D_. */
export function text(raw: string): string {
  const plain = raw.includes('&')
    ? raw.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (all, entity: string) => {
        if (!entity.startsWith('#')) return ENTITIES[entity] ?? all;
        const code = Number(/^#x/i.test(entity) ? `0${entity.slice(1)}` : entity.slice(1));
        return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      })
    : raw;
  return plain.includes('_x')
    ? plain.replace(/_x([\dA-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number(`0x${code}`)))
    : plain;
}

/** All <t> of a piece of rich text, without the phonetic ones. */
export function richText(xml: string): string {
  const own = xml.includes('<rPh') ? xml.replace(/<rPh[\s>].*?<\/rPh>/gs, '') : xml;
  let all = '';
  for (let at = own.indexOf('<t'); at >= 0; at = own.indexOf('<t', at + 2)) {
    const sign = own[at + 2];
    if (sign !== '>' && sign !== ' ') continue;
    const from = own.indexOf('>', at) + 1;
    if (own[from - 2] === '/') continue;
    const to = own.indexOf('</t>', from);
    if (to < 0) break;
    all += own.slice(from, to);
    at = to;
  }
  return text(all);
}
