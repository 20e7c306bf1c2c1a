import type { ProviderId } from './run';

export interface ProviderChoice {
  readonly id: ProviderId;
  readonly title: string;
  /** The machine and region of its settings, in words. */
  readonly detail: string;
  /** Its settings are complete. */
  readonly ready: boolean;
  /** It has endpoints whose machines are there only while there are requests. */
  readonly serverless?: true;
  /** Two versions of a model can answer at one endpoint, each its share of the requests. */
  readonly shares?: true;
}
