/** Why a failure happened; closed, so that every front end can decide by it. `internal` is a defect of ours, and no UserError. */
export const FAILURE_KINDS = [
  'auth',
  'permission',
  'notFound',
  'conflict',
  'quota',
  'invalid',
  'unavailable',
  'unsupported',
  'cancelled',
  'internal',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];
export type ErrorKind = Exclude<FailureKind, 'internal'>;

/** A click that mends a failure: `command` is one of the extension's command ids, `args` are plain data. */
export interface Fix {
  readonly title: string;
  readonly command: string;
  readonly args?: readonly unknown[];
}

/** A place in a text that the person wrote; both count from 1, the column in UTF-16 units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export interface UserErrorInit {
  /** What the person can do next, as a sentence. */
  readonly fix?: string;
  /** Buttons that do it for them. */
  readonly actions?: readonly Fix[];
  /** Where in the text it is wrong. */
  readonly place?: TextPlace;
  readonly cause?: unknown;
}

/** The shape in which a failure crosses a process border and is printed by `mll --json`. */
export interface ErrorData {
  readonly kind: FailureKind;
  readonly message: string;
  readonly fix?: string;
  readonly actions?: readonly Fix[];
  readonly place?: TextPlace;
}

/** The only expected failure: the message says what happened and why, `fix` what to do next. Anything else that is thrown is a defect of ours. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly fix: string | undefined;
  readonly actions: readonly Fix[];
  readonly place: TextPlace | undefined;

  constructor(
    readonly kind: ErrorKind,
    message: string,
    init: UserErrorInit = {},
  ) {
    super(message, { cause: init.cause });
    this.fix = init.fix;
    this.actions = init.actions ?? [];
    this.place = init.place;
  }
}

/** Plain data of any thrown value; a value that is no UserError is marked `internal`. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof UserError) {
    return {
      kind: error.kind,
      message: error.message,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      ...(error.actions.length === 0 ? {} : { actions: error.actions }),
      ...(error.place === undefined ? {} : { place: error.place }),
    };
  }
  if (isAbort(error)) return { kind: 'cancelled', message: 'Cancelled.' };
  return { kind: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/** The error that {@link toErrorData} described; `internal` becomes a plain Error. */
export function fromErrorData(data: ErrorData): Error {
  if (data.kind === 'internal') return new Error(data.message);
  return new UserError(data.kind, data.message, {
    ...(data.fix === undefined ? {} : { fix: data.fix }),
    ...(data.actions === undefined ? {} : { actions: data.actions }),
    ...(data.place === undefined ? {} : { place: data.place }),
  });
}

/** True for the reason of an aborted AbortSignal and for a UserError of kind `cancelled`. */
export function isAbort(error: unknown): boolean {
  return (
    (error instanceof UserError && error.kind === 'cancelled') ||
    (error instanceof Error && error.name === 'AbortError')
  );
}

/** The `code` of a Node system error (`ENOENT`, `EACCES` …), else undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
