import { grpc } from 'google-gax';
import type { Accounts } from '../accounts';
import { type Message, missingFields, packed } from './protos';

/** A refusal as the service words it. */
export class Refusal extends Error {
  constructor(
    readonly code: keyof typeof grpc.status,
    message: string,
  ) {
    super(message);
  }
}

/** What happens to a call in place of its answer; `after`: it is carried out, and only its answer is lost. */
export interface CallFault {
  readonly code: keyof typeof grpc.status;
  readonly message: string;
  readonly when?: 'before' | 'after';
}

export interface Calls {
  /** Asked before each call; undefined lets it pass. */
  fault: ((method: string, request: Message) => CallFault | undefined) | undefined;
  readonly seen: string[];
  readonly accounts: Accounts | undefined;
}

/** What of a call beside its request matters: the address that was asked, and the headers. */
export interface Asked {
  readonly host: string;
  header(name: string): string;
}

type Handler = (request: Message, asked: Asked) => Message | Promise<Message>;

export const REGIONS = ['us-central1', 'europe-west1', 'europe-west4', 'asia-northeast1'];

/** The handlers of a service; each call is held to the login, to the REQUIRED fields and to names of the service. */
export function implement(
  calls: Calls,
  handlers: Readonly<Record<string, readonly [request: string, Handler]>>,
): grpc.UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers).map(([method, [type, handle]]) => {
      const answer: grpc.handleUnaryCall<Message, Message> = (call, done) => {
        void reply(calls, method, type, handle, call).then(
          (said) => done(null, said),
          (error: unknown) => {
            if (error instanceof Refusal) done({ code: grpc.status[error.code], details: error.message });
            else done({ code: grpc.status.INTERNAL, details: String((error as Error).stack) });
          },
        );
      };
      return [method, answer];
    }),
  );
}

async function reply(
  calls: Calls,
  method: string,
  type: string,
  handle: Handler,
  call: grpc.ServerUnaryCall<Message, Message>,
): Promise<Message> {
  const { request, metadata } = call;
  calls.seen.push(method);
  const authorization = metadata.get('authorization')[0]?.toString();
  const headers = authorization === undefined ? {} : { authorization };
  if (calls.accounts?.guard({ method: 'POST', path: method, headers, sent: 0 })) {
    throw new Refusal('UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  }
  const fault = calls.fault?.(method, request);
  if (fault && fault.when !== 'after') throw new Refusal(fault.code, fault.message);
  if (type !== '') {
    const lacking = missingFields(type, request);
    if (lacking.length > 0) {
      throw new Refusal(
        'INVALID_ARGUMENT',
        `List of found errors: ${lacking.map((one) => `Field: ${one}; Message: Required field is not set.`).join(' ')}`,
      );
    }
    checkPlace(placeOf(request), metadata);
  }
  const header = (name: string): string => metadata.get(name)[0]?.toString() ?? '';
  const said = await handle(request, { host: call.getHost(), header });
  if (fault) throw new Refusal(fault.code, fault.message);
  return said;
}

/** The name that a call is routed by: its own, its parent's, or that of the endpoint that it is about. */
function placeOf(request: Message): string {
  const { parent, name, endpoint } = request;
  if (typeof endpoint === 'object' && endpoint !== null)
    return textOf((endpoint as Message).name) || textOf(parent);
  return textOf(parent) || textOf(name) || textOf(endpoint);
}

/** Names begin with a project and a region, and the header that routes the call says the same. */
function checkPlace(name: string, metadata: grpc.Metadata): void {
  const [, region] = /^projects\/[a-z0-9-]+\/locations\/([a-z0-9-]+)(\/|$)/.exec(name) ?? [];
  if (region === undefined) throw new Refusal('INVALID_ARGUMENT', `Invalid resource name: ${name}`);
  if (!REGIONS.includes(region)) {
    throw new Refusal(
      'INVALID_ARGUMENT',
      `Unsupported region for Vertex AI, select from ${JSON.stringify(REGIONS)}`,
    );
  }
  const routed = decodeURIComponent(metadata.get('x-goog-request-params')[0]?.toString() ?? '');
  if (!routed.includes(name))
    throw new Refusal('INVALID_ARGUMENT', `The call is routed to "${routed}", not to ${name}.`);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A time as google.protobuf.Timestamp. */
export function now(): Message {
  const at = Date.now();
  return { seconds: Math.floor(at / 1000), nanos: (at % 1000) * 1e6 };
}

let count = Date.now();
export const newId = (): string => String(++count);

/** Pages and filters as the lists of the service have them: comparisons of texts, joined by AND. */
export function listed(
  all: readonly Message[],
  request: Message,
): { page: Message[]; nextPageToken: string } {
  const tests = textOf(request.filter)
    .split(/\s+AND\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, field = '', operator, value = ''] =
        /^([\w.-]+)\s*(!=|=|>)\s*"([^"]*)"$/.exec(part.trim()) ?? [];
      if (operator === undefined) throw new Refusal('INVALID_ARGUMENT', `Invalid filter: ${part}`);
      return (one: Message) => {
        const found = fieldOf(one, field);
        return operator === '>' ? String(found) > value : (found === value) === (operator === '=');
      };
    });
  const found = all.filter((one) => tests.every((fits) => fits(one)));
  const start = Number(textOf(request.pageToken) || '0');
  const size = Number(request.pageSize ?? 0) || 100;
  const end = start + size;
  return { page: found.slice(start, end), nextPageToken: end < found.length ? String(end) : '' };
}

function fieldOf(one: Message, field: string): unknown {
  if (field === 'display_name') return one.displayName;
  if (field === 'state') return one.state;
  if (field === 'create_time') {
    return new Date((one.createTime as { seconds: number }).seconds * 1000).toISOString();
  }
  const label = /^labels\.(.+)$/.exec(field)?.[1];
  if (label === undefined) throw new Refusal('INVALID_ARGUMENT', `Invalid filter field: ${field}`);
  return (one.labels as Record<string, string> | undefined)?.[label];
}

const LABEL = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** Labels as Google Cloud takes them. */
export function checkLabels(labels: unknown): void {
  for (const [key, value] of Object.entries((labels ?? {}) as Record<string, string>)) {
    if (!LABEL.test(value) || !LABEL.test(key) || !/^\p{Ll}|^\p{Lo}/u.test(key)) {
      throw new Refusal(
        'INVALID_ARGUMENT',
        `Invalid label: ${key}=${value}. Labels hold small letters, digits, "_" and "-", at most 63.`,
      );
    }
  }
}

/** Operations that take a while (google.longrunning). */
export class Operations {
  private readonly all = new Map<string, Message>();

  start(name: string, metadata: string, response: string, work: () => Promise<Message>): Message {
    const operation: Record<string, unknown> = {
      name: `${name}/operations/${newId()}`,
      done: false,
      metadata: packed(metadata, { genericMetadata: { createTime: now(), updateTime: now() } }),
    };
    this.all.set(String(operation.name), operation);
    void work().then(
      (said) => Object.assign(operation, { response: packed(response, said), done: true }),
      (error: unknown) => {
        const code = error instanceof Refusal ? error.code : 'INTERNAL';
        Object.assign(operation, {
          error: { code: grpc.status[code], message: (error as Error).message },
          done: true,
        });
      },
    );
    return { ...operation };
  }

  /** Those of a resource. */
  of(name: string): Message[] {
    return [...this.all.values()].filter((one) => String(one.name).startsWith(`${name}/operations/`));
  }

  get(name: string): Message {
    const found = this.all.get(name);
    if (!found) throw new Refusal('NOT_FOUND', `The operation ${name} does not exist.`);
    return { ...found };
  }
}
