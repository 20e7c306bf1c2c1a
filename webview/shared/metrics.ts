import { number, percent } from './format';

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

export interface Comparison {
  readonly text: string;
  readonly verdict: 'better' | 'worse' | 'equal' | 'unknown';
}

/** How `value` stands to `other`, with sign and unit; shares differ in percentage points. */
export function compareMetric(name: string, value: number, other: number): Comparison {
  const { better, share } = metricInfo(name);
  const difference = value - other;
  if (!Number.isFinite(difference)) return { text: '–', verdict: 'unknown' };
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  const size = Math.abs(difference);
  const text = `${sign}${share ? `${(size * 100).toFixed(1)} points` : number(size, 3)}`;
  if (difference === 0) return { text, verdict: 'equal' };
  if (!better) return { text, verdict: 'unknown' };
  return { text, verdict: difference > 0 === (better === 'higher') ? 'better' : 'worse' };
}
