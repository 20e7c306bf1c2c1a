export interface ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  readonly tests?: boolean;
  readonly trust?: boolean;
  readonly extensionsFolder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly dataFolder?: string;
}
export interface Server {
  readonly authority: string;
  readonly folder: string;
  readonly settingsFile: string;
  readonly pid: number;
  log(): string;
  /** Changes machine settings while it runs. */
  set(changed: Readonly<Record<string, unknown>>): void;
  url(options?: { workspace?: string; developed?: readonly string[]; tests?: string }): string;
  stop(): Promise<void>;
}
export function serverFolder(): string;
export function freePort(): Promise<number>;
export function startServer(options?: ServerOptions): Promise<Server>;
