// How numbers, metrics and algorithms are written wherever a person reads them: in views, trees and notifications.
// Pure, so that the pages of the webviews and the extension host share it. The texts are English, so are the numbers.
const LOCALE = 'en-US';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

/** A whole number with thousands separators: `12,345`. */
export function count(n: number): string {
  return whole.format(n);
}

/** A count with its unit: `1 row`, `344 rows`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Rows of a table, which are an estimate where only its beginning was read: `344 rows`, `about 12,345 rows`. */
export function rowsText({
  rows,
  estimated,
}: {
  readonly rows: number;
  readonly estimated?: boolean;
}): string {
  return `${estimated === true ? 'about ' : ''}${plural(rows, 'row')}`;
}

/** What tells one content of a table from the next: a SHA-256, or a store's own tag where it was not read as a whole. */
export function hashText(hash: string, length = hash.length): string {
  return hash.startsWith('etag:') ? hash : `sha-256 ${hash.slice(0, length)}`;
}

/** A measured number with `digits` significant digits, thousands separators, and powers of ten where it is very large or small. */
export function number(n: number, digits = 5): string {
  if (Number.isNaN(n)) return 'NaN';
  if (!Number.isFinite(n)) return n > 0 ? '∞' : '−∞';
  const size = Math.abs(n);
  if (Number.isInteger(n) && size < 1e15) return whole.format(n);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return n.toExponential(Math.max(0, digits - 1));
  if (size >= 10 ** (digits - 1)) return whole.format(n);
  return new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: digits }).format(n);
}

/** A share (0 … 1) in per cent: `0.6 %`; never rounded to a false 0 or 100. */
export function percent(share: number): string {
  const value = share * 100;
  if (share > 0 && value < 0.1) return '< 0.1 %';
  if (share < 1 && value > 99.9) return '> 99.9 %';
  return `${new Intl.NumberFormat(LOCALE, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value > 99 && share < 1 ? Math.floor(value) : value,
  )} %`;
}

/** A size in bytes, with decimal units as file managers and cloud bills use them: `1.2 MB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** A length of time in milliseconds: `3 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(ms: number): string {
  if (ms < 1) return ms <= 0 ? '0 ms' : '< 1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

interface MetricInfo {
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** 0 … 1 and read as a share. */
  readonly share?: boolean;
}

const KNOWN: Readonly<Record<string, MetricInfo>> = {
  accuracy: { title: 'Accuracy', better: 'higher', share: true },
  balanced_accuracy: { title: 'Balanced accuracy', better: 'higher', share: true },
  precision: { title: 'Precision', better: 'higher', share: true },
  recall: { title: 'Recall', better: 'higher', share: true },
  f1: { title: 'F1', better: 'higher' },
  roc_auc: { title: 'ROC area', better: 'higher' },
  average_precision: { title: 'Average precision', better: 'higher' },
  log_loss: { title: 'Log loss', better: 'lower' },
  brier: { title: 'Brier score', better: 'lower' },
  mcc: { title: 'Matthews correlation', better: 'higher' },
  r2: { title: 'R²', better: 'higher' },
  rmse: { title: 'RMSE', better: 'lower' },
  mae: { title: 'MAE', better: 'lower' },
  mse: { title: 'MSE', better: 'lower' },
  mape: { title: 'MAPE', better: 'lower', share: true },
  medae: { title: 'Median absolute error', better: 'lower' },
  median_absolute_error: { title: 'Median absolute error', better: 'lower' },
};

/** What is known of a metric by its name; `f1_macro` is told from `f1`. Unknown ones have no direction. */
export function metricInfo(name: string): {
  title: string;
  better: 'higher' | 'lower' | undefined;
  share: boolean;
} {
  const plain = name.toLowerCase().replace(/^(test|train|val|valid)_/, '');
  const exact = KNOWN[plain];
  if (exact) return { title: exact.title, better: exact.better, share: exact.share ?? false };
  const base = plain.replace(/_(macro|micro|weighted|binary|ovr|ovo)$/, '');
  const known = base === plain ? undefined : KNOWN[base];
  if (known) {
    const average = plain.slice(base.length + 1);
    return { title: `${known.title} (${average})`, better: known.better, share: known.share ?? false };
  }
  const better = /(loss|error|rmse|mae|mse|deviance)$/.test(plain) ? 'lower' : undefined;
  const words = name.replaceAll('_', ' ');
  return { title: words.charAt(0).toUpperCase() + words.slice(1), better, share: false };
}

/** A metric's value as it is shown; shares in per cent with a tenth. */
export function metricText(name: string, value: number): string {
  if (!metricInfo(name).share || !Number.isFinite(value) || Math.abs(value) > 10) return number(value, 4);
  return Number.isInteger(value) || (value > 0 && value < 0.001) || (value > 0.999 && value < 1)
    ? percent(value)
    : `${(value * 100).toFixed(1)} %`;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  auto: 'Automatic',
  hist_gradient_boosting: 'Gradient boosting',
  random_forest: 'Random forest',
  linear: 'Linear or logistic regression',
  knn: 'Nearest neighbours',
  baseline: 'Baseline',
};

/** An algorithm as the views name it; one that is not ours (a script's) keeps its own name. */
export function algorithmTitle(id: string): string {
  return ALGORITHMS[id] ?? id;
}

/** The algorithm and the metric of a live metric such as `linear_f1_macro`; undefined for any other name. */
export function candidateMetric(
  name: string,
): { readonly algorithm: string; readonly metric: string } | undefined {
  const algorithm = Object.keys(ALGORITHMS).find((one) => name.startsWith(`${one}_`));
  return algorithm === undefined ? undefined : { algorithm, metric: name.slice(algorithm.length + 1) };
}

/** Of an endpoint that costs without being asked: `not asked for 2 days, USD 2.76 per day`. */
export function idleText({ hours, perDay }: { hours: number; perDay?: number }): string {
  const time = hours < 48 ? plural(Math.floor(hours), 'hour') : plural(Math.floor(hours / 24), 'day');
  return `not asked for ${time}${perDay === undefined ? '' : `, USD ${perDay.toFixed(2)} per day`}`;
}

/** What answers at an endpoint: one version, or the shares of several. */
export function servedText(endpoint: {
  readonly model: string;
  readonly version: number;
  readonly split?: readonly { readonly model: string; readonly version: number; readonly percent: number }[];
}): string {
  const { model, version, split } = endpoint;
  return (
    split?.map((one) => `${one.model}@${one.version} ${one.percent} %`).join(' and ') ?? `${model}@${version}`
  );
}

/** Files at a provider: `3 files, 1.2 MB, in s3://bucket/prefix/`. */
export function leftText(left: {
  readonly uri: string;
  readonly files: number;
  readonly bytes: number;
}): string {
  return `${plural(left.files, 'file')}, ${bytes(left.bytes)}, in ${left.uri}`;
}

/** ISO date of milliseconds since 1970 UTC, with the time of day only when there is one. */
export function isoDate(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/** A value of a column in running text: numbers with separators, missing as "missing", empty text as "(empty)". */
export function valueText(cell: string | number | boolean | null): string {
  if (cell === null) return 'missing';
  if (typeof cell === 'number') return number(cell);
  return cell === '' ? '(empty)' : String(cell);
}

/** Columns that share a reason, together; reasons in the order in which they come. */
export function columnsByReason(
  all: readonly { readonly column: string; readonly reason: string }[],
): readonly { readonly reason: string; readonly columns: readonly string[] }[] {
  return [...new Set(all.map(({ reason }) => reason))].map((reason) => ({
    reason,
    columns: all.filter((one) => one.reason === reason).map(({ column }) => column),
  }));
}
