import type { Report } from '../../src/protocol';

export type Confusion = NonNullable<Report['confusion']>;

export interface ConfusionCell {
  readonly count: number;
  /** Of all rows of that actual class; 0 when the class has no row. */
  readonly share: number;
}

/** The matrix with each row's shares: rows are the actual classes, columns the predicted ones. */
export function confusionCells({ labels, counts }: Confusion): readonly (readonly ConfusionCell[])[] {
  return labels.map((_, row) => {
    const values = labels.map((__, column) => counts[row]?.[column] ?? 0);
    const total = values.reduce((sum, n) => sum + n, 0);
    return values.map((n) => ({ count: n, share: total === 0 ? 0 : n / total }));
  });
}

export interface Confused {
  readonly actual: string;
  readonly predicted: string;
  readonly count: number;
  /** Of all rows of the actual class. */
  readonly share: number;
}

/** The pairs of classes that are mistaken for each other most often, most rows first. */
export function mostConfused(confusion: Confusion, limit: number): readonly Confused[] {
  const cells = confusionCells(confusion);
  const { labels } = confusion;
  return cells
    .flatMap((row, i) =>
      row.flatMap(({ count, share }, j) =>
        i === j || count === 0 ? [] : [{ actual: labels[i] ?? '', predicted: labels[j] ?? '', count, share }],
      ),
    )
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, limit);
}
