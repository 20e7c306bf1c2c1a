/** Runs the suite and gives the exit code. Options as on the command line. */
export function run(given: {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly python: string;
  readonly agreed: (question: string) => Promise<boolean>;
}): Promise<number>;
