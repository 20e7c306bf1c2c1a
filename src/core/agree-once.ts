import type { Agree, Estimate, EstimateFile, EstimateStep } from './estimate';
import { UserError } from './errors';

interface Undertaking {
  /** In words: "Retrain birds on SageMaker". */
  readonly action: string;
  /** What its later steps will send and cost, as far as it can be known before the first. */
  later(): Promise<readonly Estimate[]>;
  /** How the first and each of the later ones is called on the page. */
  readonly titles: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Asks once for all steps of an undertaking, when its first wants to send something. A later step that turns out to be another than was
 * shown (other machine, longer, dearer, or with a secret in its files) is asked for by itself.
 */
export function agreeOnce(host: { readonly agree?: Agree }, undertaking: Undertaking): Agree {
  let shown: readonly EstimateStep[] | undefined;
  return async (estimate) => {
    if (!host.agree) {
      throw new UserError(
        'permission',
        `${undertaking.action}: nobody can be asked whether that is agreed to.`,
        {
          fix: 'Use the terminal command mll, or VS Code.',
        },
      );
    }
    if (shown?.some((one) => covers(one, estimate)) && estimate.secrets.length === 0) return true;
    if (shown) return host.agree(estimate);
    const page = pageOf(undertaking, estimate, await undertaking.later());
    if (!(await host.agree(page))) return false;
    shown = page.steps;
    return true;
  };
}

function pageOf(undertaking: Undertaking, first: Estimate, later: readonly Estimate[]): Estimate {
  const notes = [first, ...later].flatMap((one) => one.notes ?? []);
  return {
    ...first,
    action: undertaking.action,
    files: union([first, ...later].flatMap((one) => one.files)),
    stops: 'each job by itself when it is done, at its time limit at the latest, or when you cancel',
    notes: [...undertaking.notes, ...new Set(notes)],
    steps: [first, ...later].map(({ machine, perHour, maxHours, action }, at) => ({
      action: undertaking.titles[at] ?? action,
      machine,
      ...(perHour === undefined ? {} : { perHour }),
      ...(maxHours === undefined ? {} : { maxHours }),
    })),
  };
}

/** The same data goes to several steps, but is sent once. Largest first. */
function union(files: readonly EstimateFile[]): EstimateFile[] {
  const known = new Map<string, EstimateFile>();
  for (const one of files) {
    const key = `${one.bytes} ${one.name}`;
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()].sort((a, b) => b.bytes - a.bytes);
}

/** An endpoint that stays is no job that ends, even on the same machine. */
function covers(shown: EstimateStep, now: EstimateStep): boolean {
  if (shown.machine.type !== now.machine.type || shown.machine.count < now.machine.count) return false;
  if (shown.maxHours === undefined || now.maxHours === undefined) {
    if (shown.maxHours !== now.maxHours) return false;
  } else if (shown.maxHours < now.maxHours) return false;
  if (shown.perHour === undefined) return true;
  return now.perHour !== undefined && now.perHour.price <= shown.perHour.price;
}
