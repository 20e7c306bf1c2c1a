export function leftovers(of: {
  readonly project: string;
  /** Absolute path of the project's `ml.yaml`. */
  readonly settings: string;
}): Promise<string[]>;
