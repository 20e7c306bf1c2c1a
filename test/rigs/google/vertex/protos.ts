import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type grpc, GrpcClient, protobuf, protobufFromJSON } from 'google-gax';

/** A message as gRPC's server hands it on: enums as their names, 64-bit numbers as text. */
export type Message = Readonly<Record<string, unknown>>;

const from = createRequire(import.meta.url);
const API = 'google.cloud.aiplatform.v1';

/** Google's own description of the interface, as it lies in the package that the product uses. */
function readJson(file: string): protobuf.INamespace {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as protobuf.INamespace;
}

const DESCRIPTION = readJson(from.resolve('@google-cloud/aiplatform/build/protos/protos.json'));
const OPERATIONS = readJson(path.join(path.dirname(from.resolve('google-gax')), '../protos/operations.json'));
const root = protobufFromJSON(DESCRIPTION);

function at(loaded: grpc.GrpcObject, name: string): grpc.ServiceDefinition {
  let found: unknown = loaded;
  for (const part of name.split('.')) found = (found as Record<string, unknown>)[part];
  return (found as { service: grpc.ServiceDefinition }).service;
}

/** The service of that name (`JobService`). */
export const serviceOf = (name: string): grpc.ServiceDefinition =>
  at(new GrpcClient({}).loadProtoJSON(DESCRIPTION), `${API}.${name}`);

export const operationsService = (): grpc.ServiceDefinition =>
  at(new GrpcClient({}).loadProtoJSON(OPERATIONS, true), 'google.longrunning.Operations');

/** A message as google.protobuf.Any carries it; a type without a dot is of Vertex AI. */
export function packed(type: string, content: Message): { type_url: string; value: Buffer } {
  const name = type.includes('.') ? type : `${API}.${type}`;
  const known = root.lookupType(name);
  return {
    type_url: `type.googleapis.com/${name}`,
    value: Buffer.from(known.encode(known.fromObject(content as Record<string, unknown>)).finish()),
  };
}

/** The field that a client calls `jobSpec` is `job_spec` in the description. */
const asSent = (field: string): string =>
  field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Names of the fields that google.api.field_behavior says are REQUIRED and that are not there. */
export function missingFields(type: string, message: Message): string[] {
  return missing(root.lookupType(`${API}.${type}`), message, '');
}

function missing(type: protobuf.Type, message: Message, above: string): string[] {
  return type.fieldsArray.flatMap((field) => {
    field.resolve();
    const value = message[field.name] ?? message[asSent(field.name)];
    const place = `${above}${field.name}`;
    const options = JSON.stringify([field.options, field.parsedOptions]);
    const empty =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (empty) return /field_behavior[^}]*?REQUIRED/.test(options) ? [place] : [];
    const inner = field.resolvedType;
    if (field.map || !(inner instanceof protobuf.Type) || inner.fullName.startsWith('.google.protobuf.'))
      return [];
    return Array.isArray(value)
      ? value.flatMap((one: Message, index) => missing(inner, one, `${place}[${index}].`))
      : missing(inner, value as Message, `${place}.`);
  });
}
