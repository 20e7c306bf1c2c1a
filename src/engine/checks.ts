import type { Cell, Column } from '../core/table';
import type { CheckFinding, Condition, EngineApi } from '../protocol';
import { isIdName } from '../recipe/identifier';
import { checkOverlap, checkTarget } from './checks-target';
import { duplicatesSql, tableSql } from './chosen-rows';
import type { EngineContext } from './context';
import { estimateDistinct } from './distinct';
import type { Session } from './duckdb';
import type { Opened, Scan } from './opened';
import { isCardNumber, isIban } from './personal';
import { quoteIdentifier, quoteLiteral } from './sql';
import { isStandIn } from './unfit-sql';
import { standInsText } from '../words-table';

/** Groups of spellings that are listed for one column. */
const MOST_GROUPS = 50;
/** With more different values a text column is no category. */
const MOST_CATEGORIES = 10_000;
/** Values of a column that are held against a checksum. */
const CHECKED_VALUES = 500;
/** Beyond so many interquartile ranges from the quartiles a value is far out (Tukey, Exploratory Data Analysis, 1977). */
const FAR_OUT = 3;
const MISSING_SHARE = 0.5;
/** A column of which at least this share is numbers is meant to be one. */
const MIXED_SHARE = 0.5;
const PERSONAL_SHARE = 0.5;

const SPACED = '^[\\s\\x{00A0}]|[\\s\\x{00A0}]$';
const NUMBER = '^[\\s]*[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?[\\s]*$';
const EMAIL = '^[^@\\s]+@[^@\\s]+[.][^@\\s.]{2,}$';
/** E.164 numbers (15 digits at most), written with a plus or with signs between groups. */
const PHONE = '^([+][0-9]|[(]?[0-9]+[)]?[ ./-])[0-9 ().\\/-]{5,18}[0-9]$';
/** ISO/IEC 7812: 12 to 19 digits. */
const CARD = '^[0-9](?:[ -]?[0-9]){11,18}$';
/** ISO 13616: country, two check digits, up to 30 characters. */
const IBAN = '^[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}$';

/** What in a table is worth a look, each with the rows behind it; over all rows. */
export async function checkTable(
  context: EngineContext,
  opened: Opened,
  { target, against }: Omit<Parameters<EngineApi['checks']>[0], 'table'> = {},
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const scan = await opened.scan(signal);
  if (scan.rows === 0 || scan.columns.length === 0) return [];
  const session = await opened.session('background');
  const found: CheckFinding[] = [];
  if (target !== undefined) found.push(...(await checkTarget(scan, session, target, signal)));
  if (against) found.push(...(await checkOverlap(context, opened, against, signal)));
  const duplicates = await number(session, duplicatesSql(scan), signal);
  if (duplicates > 0) {
    found.push({
      kind: 'duplicates',
      column: null,
      rows: duplicates,
      text: 'repeat an earlier row in every column',
      filter: [{ is: 'duplicate', column: '' }],
    });
  }
  for (const column of scan.columns) {
    signal?.throwIfAborted();
    found.push(...(await checkColumn(session, scan, column, signal)));
  }
  return found;
}

async function checkColumn(
  session: Session,
  scan: Scan,
  column: Column,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const table = `(${tableSql(scan)})`;
  const name = quoteIdentifier(column.name);
  const { rows } = scan;
  const finding = (
    kind: CheckFinding['kind'],
    count: number,
    text: string,
    filter?: readonly Condition[],
  ): CheckFinding => ({ kind, column: column.name, rows: count, text, ...(filter ? { filter } : {}) });
  const isText = column.type === 'text';
  const counted = (pattern: string): string =>
    `count(*) FILTER (regexp_matches(CAST(${name} AS VARCHAR), ${quoteLiteral(pattern)}))`;
  const perhapsId = column.type === 'integer' || isText;
  const unlike = estimateDistinct(name, rows);
  const facts = await session.all(
    `SELECT count(*) - count(${name}), approx_count_distinct(${name}), ${perhapsId ? unlike.sql : '0'},
       coalesce(min(CAST(${name} AS VARCHAR)) = max(CAST(${name} AS VARCHAR)), false)
       ${isText ? `, count(*) FILTER (${isStandIn(`CAST(${name} AS VARCHAR)`)}), ${[SPACED, NUMBER, EMAIL, PHONE, CARD, IBAN].map(counted).join(', ')}` : ''}
     FROM ${table}`,
    signal,
  );
  const [
    missing = 0,
    distinct = 0,
    different = 0,
    ,
    standing = 0,
    spaced = 0,
    numbers = 0,
    emails = 0,
    phones = 0,
    cards = 0,
    ibans = 0,
  ] = (facts.rows[0] ?? []).map(Number);
  const isConstant = facts.rows[0]?.[3] === true;
  const filled = rows - missing;
  const found: CheckFinding[] = [];
  if (missing >= rows * MISSING_SHARE) {
    found.push(finding('missing', missing, 'are missing', [{ is: 'missing', column: column.name }]));
  }
  if (isConstant && missing === 0 && rows > 1)
    found.push(finding('constant', rows, 'all hold the same value, so it says nothing'));
  // The estimate may be a little too low: eight standard errors.
  if (perhapsId && rows >= 20 && missing === 0 && unlike.of(different) >= rows * 0.95) {
    const exact = await number(session, `SELECT count(DISTINCT ${name}) FROM ${table}`, signal);
    if (
      exact === rows &&
      (isIdName(column.name) || (await countsOrNames(session, table, column, rows, signal)))
    )
      found.push(finding('id', rows, 'each hold a value of their own: it looks like an id'));
  }
  if (isText) {
    if (standing > 0 && standing < filled) {
      const texts = await standInTexts(session, table, name, signal);
      found.push(
        finding(
          'standIns',
          standing,
          `hold ${standInsText(texts.map((one) => one.trim()))}, which often stands for a missing value`,
          [{ is: 'oneOf', column: column.name, values: texts }],
        ),
      );
    }
    if (spaced > 0)
      found.push(
        finding('space', spaced, 'begin or end with white space', [
          { is: 'matching', column: column.name, text: SPACED, pattern: { regex: true } },
        ]),
      );
    if (numbers >= filled * MIXED_SHARE && numbers < filled)
      found.push(
        finding('mixed', filled - numbers, 'are no numbers, unlike most of the column', [
          { is: 'matching', column: column.name, text: NUMBER, pattern: { regex: true }, not: true },
          { is: 'missing', column: column.name, not: true },
        ]),
      );
    const personal = await personalKind(
      session,
      table,
      name,
      { emails, phones, cards, ibans, filled },
      signal,
    );
    if (personal) {
      found.push(
        finding('personal', personal.count, `look like ${personal.what}`, [
          {
            is: 'matching',
            column: column.name,
            text: personal.pattern,
            pattern: { regex: true, matchCase: true },
          },
        ]),
      );
    }
    if (distinct <= MOST_CATEGORIES) found.push(...(await spellings(session, table, column, signal)));
  }
  if (column.type === 'integer' || column.type === 'number')
    found.push(...(await farOut(session, table, column, signal)));
  if (column.type === 'date' || column.type === 'datetime') {
    const odd = `${name} < DATE '1900-01-01' OR ${name} >= DATE '2100-01-01'`;
    const count = await number(session, `SELECT count(*) FROM ${table} WHERE ${odd}`, signal);
    if (count > 0) {
      found.push(
        finding('dates', count, 'lie before 1900 or after 2099', [
          { is: 'between', column: column.name, min: '1900-01-01', max: '2100-01-01', open: true, not: true },
          { is: 'missing', column: column.name, not: true },
        ]),
      );
    }
  }
  return found;
}

/** The texts of a column that people write for a missing value, as they are. */
async function standInTexts(
  session: Session,
  table: string,
  name: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const cell = `CAST(${name} AS VARCHAR)`;
  const { rows } = await session.all(
    `SELECT DISTINCT ${cell} FROM ${table} WHERE ${isStandIn(cell)} ORDER BY 1`,
    signal,
  );
  return rows.map(([text]) => String(text));
}

/** Of different values: whether numbers count the rows, with as many gaps at most, or texts are no moments of time. */
async function countsOrNames(
  session: Session,
  table: string,
  { name, type }: Column,
  rows: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const value = quoteIdentifier(name);
  if (type === 'integer')
    return (await number(session, `SELECT max(${value}) - min(${value}) FROM ${table}`, signal)) < 2 * rows;
  const moments = `count(TRY_CAST(${value} AS TIMESTAMP))`;
  return (await number(session, `SELECT ${moments} FROM ${table}`, signal)) < rows;
}

/** Values that differ in white space and case alone. */
async function spellings(
  session: Session,
  table: string,
  column: Column,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const name = quoteIdentifier(column.name);
  const groups = await session.all(
    `SELECT list(value ORDER BY n DESC, value), sum(n) - max(n) FROM (
       SELECT CAST(${name} AS VARCHAR) AS value, count(*) AS n FROM ${table} WHERE ${name} IS NOT NULL GROUP BY 1
     ) GROUP BY lower(regexp_replace(trim(value), '\\s+', ' ', 'g')) HAVING count(*) > 1
     ORDER BY 2 DESC, 1 LIMIT ${MOST_GROUPS}`,
    signal,
  );
  if (groups.rows.length === 0) return [];
  const lists = groups.rows.map(([list]) => JSON.parse(String(list)) as string[]);
  const others = groups.rows.reduce((sum, [, count]) => sum + Number(count), 0);
  const [first = []] = lists;
  const example = first
    .slice(0, 3)
    .map((one) => `“${one}”`)
    .join(', ');
  const values: Cell[] = lists.flat();
  return [
    {
      kind: 'spelling',
      column: column.name,
      rows: others,
      text: `differ from a more frequent spelling in case or white space alone, such as ${example}`,
      filter: [{ is: 'oneOf', column: column.name, values }],
    },
  ];
}

async function farOut(
  session: Session,
  table: string,
  column: Column,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const value = `CAST(${quoteIdentifier(column.name)} AS DOUBLE)`;
  const quartiles = await session.all(
    `SELECT quantile_cont(v, 0.25), quantile_cont(v, 0.75) FROM (SELECT ${value} AS v FROM ${table}) WHERE isfinite(v)`,
    signal,
  );
  const [low, high] = (quartiles.rows[0] ?? []).map((one) => (one === null ? Number.NaN : Number(one)));
  if (low === undefined || high === undefined || !(high > low)) return [];
  const [min, max] = [low - FAR_OUT * (high - low), high + FAR_OUT * (high - low)];
  const count = await number(
    session,
    `SELECT count(*) FROM ${table} WHERE ${value} < ${min} OR ${value} > ${max}`,
    signal,
  );
  if (count === 0) return [];
  const range = `${Number(min.toPrecision(4))} to ${Number(max.toPrecision(4))}`;
  return [
    {
      kind: 'outliers',
      column: column.name,
      rows: count,
      text: `${count === 1 ? 'lies' : 'lie'} far outside of the others (${range}: three interquartile ranges from the quartiles)`,
      filter: [
        { is: 'between', column: column.name, min, max, not: true },
        { is: 'missing', column: column.name, not: true },
      ],
    },
  ];
}

async function personalKind(
  session: Session,
  table: string,
  name: string,
  of: { emails: number; phones: number; cards: number; ibans: number; filled: number },
  signal?: AbortSignal,
): Promise<{ what: string; count: number; pattern: string } | undefined> {
  const most = of.filled * PERSONAL_SHARE;
  const valid = async (pattern: string, test: (text: string) => boolean): Promise<boolean> => {
    const sample = await session.all(
      `SELECT DISTINCT CAST(${name} AS VARCHAR) FROM ${table} WHERE regexp_matches(CAST(${name} AS VARCHAR), ${quoteLiteral(pattern)}) LIMIT ${CHECKED_VALUES}`,
      signal,
    );
    const texts = sample.rows.map(([text]) => String(text));
    // Of arbitrary digits one in ten passes the checksum of cards.
    return texts.filter(test).length >= texts.length * 0.9;
  };
  if (of.emails > 0) return { what: 'e-mail addresses', count: of.emails, pattern: EMAIL };
  if (of.ibans >= most && of.ibans > 0 && (await valid(IBAN, isIban)))
    return { what: 'bank accounts (IBAN)', count: of.ibans, pattern: IBAN };
  if (of.cards >= most && of.cards > 0 && (await valid(CARD, isCardNumber)))
    return { what: 'card numbers', count: of.cards, pattern: CARD };
  if (of.phones >= most && of.phones > 0 && (await valid(PHONE, isDialled)))
    return { what: 'telephone numbers', count: of.phones, pattern: PHONE };
  return undefined;
}

/** E.164: at most 15 digits; shorter ones than 7 are no numbers of people. */
function isDialled(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '').length;
  return digits >= 7 && digits <= 15;
}

async function number(session: Session, sql: string, signal?: AbortSignal): Promise<number> {
  const { rows } = await session.all(sql, signal);
  return Number(rows[0]?.[0] ?? 0);
}
