import { toErrorData } from './errors';

/** What was found of one thing that is needed. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string;
  /** What to do, in words; `action` does it by a click. */
  readonly fix?: string;
  readonly action?: { readonly title: string; readonly command: string; readonly args?: readonly unknown[] };
}

export type CheckFacts = Pick<Check, 'ok' | 'reason' | 'fix' | 'action'>;

/** What is found where looking failed. */
export function failedCheck(error: unknown): CheckFacts {
  const { message, fix, actions } = toErrorData(error);
  const action = actions?.[0];
  return {
    ok: false,
    reason: message,
    ...(fix === undefined ? {} : { fix }),
    ...(action === undefined ? {} : { action }),
  };
}

/** Looks at several things of one place at once; a look that fails is what was found. */
export async function checkEach(
  where: string,
  looks: readonly (readonly [string, () => Promise<CheckFacts>])[],
): Promise<readonly Check[]> {
  return Promise.all(
    looks.map(async ([name, look]): Promise<Check> => ({
      name: `${where}: ${name}`,
      ...(await look().catch(failedCheck)),
    })),
  );
}
