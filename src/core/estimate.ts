import { bytes } from '../words';
import { UserError } from './errors';
import type { ProviderId } from './run';

export interface EstimateFile {
  /** As it will be called there. */
  readonly name: string;
  readonly bytes: number;
  /** The same content is there already, so it is not sent again. */
  readonly there?: true;
}

/** Something in a file that looks like a secret. */
export interface SecretFound {
  readonly file: string;
  readonly line: number;
  /** What kind of secret it looks like; never the secret itself. */
  readonly what: string;
}

/** What a call to a provider will send and what it may cost, known before anything leaves this machine. */
export interface Estimate {
  /** In words: "Train penguins on SageMaker". */
  readonly action: string;
  readonly provider: ProviderId;
  /** Largest first. */
  readonly files: readonly EstimateFile[];
  /** Objects of a store that are read from where they lie; nothing of them is sent. */
  readonly placed?: readonly { readonly uri: string; readonly bytes: number }[];
  /** What the rules (.gitignore, .mlignore) keep on this machine. */
  readonly leftOut: readonly string[];
  readonly secrets: readonly SecretFound[];
  /** URI that the files go to. */
  readonly destination: string;
  /** Which account, region and role, in words. */
  readonly where: string;
  readonly machine: { readonly type: string; readonly count: number; readonly spot?: true };
  /** USD for one machine and hour; undefined where it is not known. */
  readonly perHour?: { readonly price: number; readonly date: string; readonly source: string };
  /** Where prices stand. */
  readonly pricePage: string;
  /** A job's limit; absent for an endpoint, which costs until it is removed. */
  readonly maxHours?: number;
  /** What ends it, in words. */
  readonly stops: string;
  readonly notes?: readonly string[];
  /** All steps of an undertaking that is agreed to as a whole, in their order; the machine, price and limit above are the first one's. */
  readonly steps?: readonly EstimateStep[];
}

export type EstimateStep = Pick<Estimate, 'action' | 'machine' | 'perHour' | 'maxHours'>;
/** Says yes or no to what is shown. */
export type Agree = (estimate: Estimate) => Promise<boolean>;

/** A size as the whole product writes sizes. */
export const sizeText = bytes;

/** Bytes that will be sent: what is there already counts nothing. */
export const bytesToSend = (estimate: Estimate): number =>
  estimate.files.reduce((sum, one) => sum + (one.there ? 0 : one.bytes), 0);

/** USD that a job costs at most, or an endpoint a day; undefined where the price is not known. */
export function costOf({ perHour, machine, maxHours }: EstimateStep): number | undefined {
  return perHour && perHour.price * machine.count * (maxHours ?? 24);
}

const usd = (value: number): string =>
  `USD ${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`;
/** To the cent, and never less than it is. */
const roundedUp = (value: number): number => Math.ceil(Math.round(value * 1e6) / 1e4) / 100;
const SHOWN_FILES = 12;

/** The estimate as lines of text, for a terminal and for a dialog alike. */
export function estimateLines(estimate: Estimate): string[] {
  const { files, leftOut, secrets } = estimate;
  const shown = files.slice(0, SHOWN_FILES);
  const more = files.length - shown.length;
  return [
    sentLine(estimate),
    ...shown.map((one) => `  ${one.name}: ${sizeText(one.bytes)}${one.there ? ' (there already)' : ''}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(estimate.placed ?? []).map((one) => `Read where it lies: ${one.uri}, ${sizeText(one.bytes)}`),
    ...(leftOut.length === 0 ? [] : [`Not sent: ${listed(leftOut)}`]),
    ...secrets.map((one) => `Looks like a secret: ${secretText(one)}`),
    `Where: ${estimate.where}`,
    ...(estimate.steps ? stepLines(estimate.steps, estimate.pricePage) : costLines(estimate)),
    `It ends: ${estimate.stops}`,
    ...(estimate.notes ?? []),
  ];
}

function sentLine({ files, destination }: Estimate): string {
  const word = (count: number): string => (count === 1 ? '1 file' : `${count} files`);
  const fresh = files.filter((one) => one.there !== true);
  if (files.length === 0) return 'Sent: no files of yours';
  if (fresh.length === 0) {
    return `Sent: nothing; ${files.length === 1 ? 'the 1 file' : `all ${files.length} files`} that it needs ${files.length === 1 ? 'is' : 'are'} in ${destination} already`;
  }
  const bytes = fresh.reduce((sum, one) => sum + one.bytes, 0);
  const there = files.length - fresh.length;
  return `Sent: ${word(fresh.length)}, ${sizeText(bytes)}, to ${destination}${there === 0 ? '' : ` (${word(there)} there already)`}`;
}

function machineText({ machine, maxHours }: EstimateStep): string {
  const count = machine.count === 1 ? machine.type : `${machine.count} × ${machine.type}`;
  const limit = maxHours === undefined ? '' : ` for at most ${hoursText(maxHours)}`;
  return `${count}${machine.spot ? ' (Spot)' : ''}${limit}`;
}

function priceText({ perHour, machine }: EstimateStep): string | undefined {
  return (
    perHour &&
    `${usd(perHour.price)} per machine and hour${machine.spot ? ' on demand; Spot costs less' : ''} (${perHour.source}, ${perHour.date})`
  );
}

function costLines(estimate: Estimate): string[] {
  const cost = costOf(estimate);
  return [
    `Machine: ${machineText(estimate)}`,
    `Price: ${priceText(estimate) ?? `not known here, see ${estimate.pricePage}`}`,
    ...(cost === undefined
      ? []
      : [
          estimate.maxHours === undefined
            ? `Cost: ${usd(roundedUp(cost))} per day`
            : `Cost: at most ${usd(roundedUp(cost))}`,
        ]),
  ];
}

/** One line for each step, and what all of them cost: jobs by their limits, an endpoint a day. */
function stepLines(steps: readonly EstimateStep[], pricePage: string): string[] {
  const total = (some: readonly EstimateStep[]): number | undefined =>
    some.reduce<number | undefined>((sum, one) => {
      const cost = costOf(one);
      return sum === undefined || cost === undefined ? undefined : sum + cost;
    }, 0);
  const jobs = total(steps.filter((one) => one.maxHours !== undefined));
  const lasting = steps.filter((one) => one.maxHours === undefined);
  const daily = total(lasting);
  return [
    'Steps, one after the other:',
    ...steps.map(
      (one, at) =>
        `  ${at + 1}. ${one.action}: ${[machineText(one), priceText(one)].filter(Boolean).join(', ')}`,
    ),
    jobs === undefined
      ? `Cost of the jobs: not known here, see ${pricePage}`
      : `Cost of the jobs: at most ${usd(roundedUp(jobs))} in all`,
    ...(lasting.length === 0 || daily === undefined
      ? []
      : [`Cost of the endpoint: ${usd(roundedUp(daily))} per day, as long as it stays`]),
  ];
}

export const secretText = (one: SecretFound): string => `${one.file}, line ${one.line}: ${one.what}`;

function hoursText(hours: number): string {
  const minutes = Math.round(hours * 60);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${(minutes / 60).toFixed(1)} hours`;
}

function listed(names: readonly string[]): string {
  const first = names.slice(0, SHOWN_FILES).join(', ');
  return names.length > SHOWN_FILES ? `${first} and ${names.length - SHOWN_FILES} more` : first;
}

/** Asks the host to agree; without a yes nothing may be sent, so it throws. */
export async function askToAgree(
  host: { readonly agree?: (estimate: Estimate) => Promise<boolean> },
  estimate: Estimate,
): Promise<void> {
  if (!host.agree) {
    throw new UserError('permission', `${estimate.action}: nobody can be asked whether that is agreed to.`, {
      fix: 'Use the terminal command mll, or VS Code.',
    });
  }
  if (await host.agree(estimate)) return;
  throw new UserError('cancelled', `${estimate.action} was not agreed to. Nothing was sent.`);
}
