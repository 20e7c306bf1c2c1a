import type { ErrorData, JobDefaults, Machine, Resources } from '../../src/protocol';

/** What the person chose of machines elsewhere; what is undefined is as the settings have it. */
export interface MachineForm {
  readonly machine?: string | undefined;
  readonly instances?: number | undefined;
  readonly spot?: boolean | undefined;
  readonly maxMinutes?: number | undefined;
  /** '' chooses by what the script imports. */
  readonly image?: string | undefined;
}

/** What a provider offers; the machines come later than the page, or not at all. */
export interface Offer {
  readonly defaults: JobDefaults | undefined;
  readonly machines: readonly Machine[] | undefined;
  readonly failure: ErrorData | undefined;
}

/** By field. */
export type MachineProblems = Partial<Record<'instances' | 'maxMinutes', string>>;

/** What keeps it from being started. */
export function machineProblems({ instances, maxMinutes }: MachineForm): MachineProblems {
  const whole = (value: number | undefined, most: number): boolean =>
    value === undefined || (Number.isInteger(value) && value >= 1 && value <= most);
  return {
    ...(whole(instances, 100) ? {} : { instances: 'A whole number from 1 to 100.' }),
    ...(whole(maxMinutes, 40_320)
      ? {}
      : { maxMinutes: 'A whole number from 1 to 40,320 minutes (28 days).' }),
  };
}

/** What is sent to the host: nothing that is as the settings have it. */
export function machineRequest(form: MachineForm, script: boolean): Resources {
  const { machine, instances, spot, maxMinutes, image } = form;
  return {
    ...(machine === undefined || machine.trim() === '' ? {} : { machine: machine.trim() }),
    ...(instances === undefined || !script ? {} : { instances }),
    ...(spot === undefined ? {} : { spot }),
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    ...(image === undefined || image === '' || !script ? {} : { image }),
  };
}

/** USD that the job costs at most: price × machines × time limit; undefined where the price is not known. */
export function mostCost(form: MachineForm, { defaults, machines }: Offer): number | undefined {
  if (!defaults) return undefined;
  const type = form.machine ?? defaults.machine;
  const price = machines?.find((one) => one.type === type)?.price;
  if (price === undefined) return undefined;
  return (price * (form.instances ?? defaults.instances) * (form.maxMinutes ?? defaults.maxMinutes)) / 60;
}

/** So many machines of a type the account may use at a time: Spot machines have a quota of their own. */
export function quotaOf(machine: Machine, form: MachineForm, defaults: JobDefaults): number | undefined {
  return (form.spot ?? defaults.spot) ? machine.spotQuota : machine.quota;
}

/** Machines whose row holds every word: `g5 xlarge`, `gpu`, `8 cores`. */
export function foundMachines(machines: readonly Machine[], search: string): readonly Machine[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return machines.filter((one) => {
    const row = [
      one.type,
      `${one.cores ?? ''} cores`,
      one.memory ?? '',
      (one.gpus ?? 0) > 0 ? `${one.gpus ?? ''} gpu` : '',
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => row.includes(word));
  });
}
