import { html, nothing, type TemplateResult } from 'lit';
import type { Dialect } from '../../src/protocol';
import { button, checkbox, dropdown, numberField, textField } from '../shared/controls';
import { DELIMITER } from './texts';

export interface DialectFormOptions {
  readonly dialect: Dialect;
  /** What of it the person chose. */
  readonly given: Partial<Dialect>;
  /** null: all is detected again. */
  readonly onChange: (dialect: Partial<Dialect> | null) => void;
}

/** WHATWG labels of what tables are written in, the usual ones first. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'iso-8859-1': 'Latin-1 (Western European)',
  'windows-1252': 'Windows-1252 (Western European)',
  'iso-8859-2': 'ISO 8859-2 (Central European)',
  'iso-8859-15': 'ISO 8859-15 (Western European, €)',
  'windows-1250': 'Windows-1250 (Central European)',
  'windows-1251': 'Windows-1251 (Cyrillic)',
  'koi8-r': 'KOI8-R (Cyrillic)',
  'windows-1253': 'Windows-1253 (Greek)',
  'windows-1254': 'Windows-1254 (Turkish)',
  'windows-1255': 'Windows-1255 (Hebrew)',
  'windows-1256': 'Windows-1256 (Arabic)',
  shift_jis: 'Shift JIS (Japanese)',
  'euc-jp': 'EUC-JP (Japanese)',
  gb18030: 'GB 18030 (Chinese)',
  big5: 'Big5 (Chinese)',
  'euc-kr': 'EUC-KR (Korean)',
};
const QUOTES: Readonly<Record<string, string>> = { '"': 'double "', "'": "single '", '': 'none' };
const DECIMALS: Readonly<Record<string, string>> = { '.': 'point 3.14', ',': 'comma 3,14' };

const THOUSANDS: Readonly<Record<string, string>> = {
  '': 'none 1234',
  ',': 'comma 1,234',
  '.': 'point 1.234',
  ' ': 'space 1 234',
  '\u00a0': 'no-break space 1\u00a0234',
  '\u202f': 'narrow no-break space 1\u202f234',
  "'": "apostrophe 1'234",
  '’': 'apostrophe 1’234',
};

/** The choices with what is in use, even when it is none of the usual. */
function choices(known: Readonly<Record<string, string>>, now: string): { value: string; label: string }[] {
  const all = now in known ? known : { [now]: `“${now}”`, ...known };
  return Object.entries(all).map(([value, label]) => ({ value, label }));
}

/** Places (from 1) in a line, as a person writes them: `1, 12, 24`. */
export const placesIn = (text: string): number[] =>
  [...new Set((text.match(/\d+/g) ?? []).map(Number))].filter((one) => one > 0).sort((a, b) => a - b);

/** How the text is read, each part to be chosen. */
export function dialectForm({ dialect, given, onChange }: DialectFormOptions): TemplateResult {
  const set = (part: Partial<Dialect>): void => onChange({ ...given, ...part });
  return html`<section class="data-dialect" aria-label="How the file is read">
    ${dropdown({
      label: 'Encoding',
      value: dialect.encoding.toLowerCase(),
      options: choices(ENCODINGS, dialect.encoding.toLowerCase()),
      onChange: (encoding) => set({ encoding }),
    })}
    ${dropdown({
      label: 'Delimiter',
      value: dialect.delimiter,
      options: choices(DELIMITER, dialect.delimiter),
      onChange: (delimiter) => set({ delimiter }),
    })}
    ${
      dialect.delimiter === ' '
        ? textField({
            label: 'Cells begin at',
            value: (dialect.cuts ?? []).join(', '),
            placeholder: 'wherever blanks end',
            onChange: (places) => set({ cuts: placesIn(places) }),
          })
        : nothing
    }
    ${dropdown({
      label: 'Quote',
      value: dialect.quote,
      options: choices(QUOTES, dialect.quote),
      onChange: (quote) => set({ quote }),
    })}
    ${dropdown({
      label: 'Decimal sign',
      value: dialect.decimal,
      options: choices(DECIMALS, dialect.decimal),
      onChange: (decimal) => set({ decimal: decimal === ',' ? ',' : '.' }),
    })}
    ${dropdown({
      label: 'Thousands sign',
      value: dialect.thousands ?? '',
      options: choices(THOUSANDS, dialect.thousands ?? ''),
      onChange: (thousands) => set({ thousands }),
    })}
    ${numberField({
      label: 'Lines left out above',
      value: dialect.skip,
      min: 0,
      step: 1,
      onChange: (skip) => set({ skip: Math.max(0, Math.floor(skip ?? 0)) }),
    })}
    ${checkbox({
      label: 'First line names the columns',
      checked: dialect.header,
      onChange: (header) => set({ header }),
    })}
    ${
      Object.keys(given).length > 0
        ? button({
            label: 'Detect Again',
            icon: 'discard',
            kind: 'secondary',
            onClick: () => onChange(null),
          })
        : nothing
    }
  </section>`;
}
