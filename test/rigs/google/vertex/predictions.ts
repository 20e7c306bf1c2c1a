import type { grpc } from 'google-gax';
import { type Asked, type Calls, implement, Refusal } from './calls';
import type { Deployed, Endpoint, Endpoints } from './endpoints';
import type { Measurements } from './measurements';
import type { Message } from './protos';
import type { Tables } from './tables';
import type { Said } from './serving';

const SHARED_BYTES = 1_500_000;
const DEDICATED_BYTES = 10_000_000;

/** google.protobuf.Value as gRPC's server hands it on. */
interface Value {
  readonly kind: 'nullValue' | 'numberValue' | 'stringValue' | 'boolValue' | 'structValue' | 'listValue';
  readonly [field: string]: unknown;
}

const plain = (value: Value): unknown => {
  if (value.kind === 'nullValue') return null;
  if (value.kind === 'listValue') return (value.listValue as { values: Value[] }).values.map(plain);
  if (value.kind !== 'structValue') return value[value.kind];
  const { fields } = value.structValue as { fields: Record<string, Value> };
  return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, plain(one)]));
};

const toValue = (value: unknown): object => {
  if (value === null) return { nullValue: 0 };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  const fields = Object.entries(value as object).map(([name, one]) => [name, toValue(one)]);
  return { structValue: { fields: Object.fromEntries(fields) as object } };
};

/** PredictionService: requests go to the deployed models by their shares. */
export class Predictions {
  /** What each deployed model is owed (smooth weighted round robin: shares hold for any hundred requests). */
  private readonly owed = new Map<string, number>();

  constructor(
    private readonly endpoints: Endpoints,
    private readonly tables: Tables,
    private readonly measurements: Measurements,
  ) {}

  service(calls: Calls): grpc.UntypedServiceImplementation {
    return implement(calls, {
      Predict: ['PredictRequest', (request, asked) => this.predict(request, asked)],
      RawPredict: ['RawPredictRequest', (request, asked) => this.rawPredict(request, asked)],
    });
  }

  private async predict(request: Message, asked: Asked): Promise<Message> {
    const endpoint = this.reach(request.endpoint, asked);
    const instances = (request.instances as Value[]).map(plain);
    const parameters = request.parameters === null ? {} : { parameters: plain(request.parameters as Value) };
    const body = Buffer.from(JSON.stringify({ instances, ...parameters }));
    const { deployed, said } = await this.send(endpoint, body, 'application/json');
    const { predictions } = JSON.parse(said.body.toString()) as { predictions: unknown[] };
    this.log(endpoint, deployed, instances.map(text), predictions.map(text));
    return {
      predictions: predictions.map(toValue),
      deployedModelId: deployed.id,
      model: deployed.model,
      modelVersionId: deployed.modelVersionId,
      modelDisplayName: deployed.displayName,
    };
  }

  private async rawPredict(request: Message, asked: Asked): Promise<Message> {
    const endpoint = this.reach(request.endpoint, asked);
    const { contentType, data } = request.httpBody as { contentType: string; data: Buffer };
    const { deployed, said } = await this.send(endpoint, data, contentType);
    this.log(endpoint, deployed, [data.toString()], [said.body.toString()]);
    return { contentType: said.contentType, data: said.body };
  }

  /** A dedicated endpoint is asked at its own address, and by its header; all others at the shared one. */
  private reach(name: unknown, asked: Asked): Endpoint {
    const endpoint = this.endpoints.find(name);
    const atDedicated = asked.host === this.endpoints.dedicated;
    if (endpoint.dedicatedEndpointEnabled !== atDedicated)
      throw new Refusal(
        'FAILED_PRECONDITION',
        endpoint.dedicatedEndpointEnabled
          ? `Dedicated Endpoint cannot be accessed through the shared Vertex AI domain ${asked.host}. Please access the endpoint using its dedicated DNS name.`
          : `The Endpoint is not served at ${asked.host}.`,
      );
    if (atDedicated && asked.header('x-vertex-ai-endpoint-id') !== endpoint.name.split('/').at(-1))
      throw new Refusal('INVALID_ARGUMENT', 'The header x-vertex-ai-endpoint-id does not name the endpoint.');
    return endpoint;
  }

  private async send(
    endpoint: Endpoint,
    body: Buffer,
    contentType: string,
  ): Promise<{ deployed: Deployed; said: Said }> {
    const most = endpoint.dedicatedEndpointEnabled ? DEDICATED_BYTES : SHARED_BYTES;
    if (body.length > most)
      throw new Refusal('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${most} bytes.`);
    const deployed = this.turn(endpoint);
    const started = performance.now();
    const said = await this.endpoints.servingOf(endpoint, deployed.id).predict(body, contentType);
    this.measurements.add(endpoint.name, said.status, performance.now() - started);
    if (said.status >= 400)
      throw new Refusal(said.status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL', said.body.toString());
    return { deployed, said };
  }

  private turn(endpoint: Endpoint): Deployed {
    const shares = Object.entries(endpoint.trafficSplit).filter(([, share]) => share > 0);
    if (shares.length === 0)
      throw new Refusal(
        'FAILED_PRECONDITION',
        `The Endpoint "${endpoint.name}" doesn't have any models serving traffic yet. Please deploy a model to it, or assign it traffic.`,
      );
    let best: { id: string; owed: number } | undefined;
    for (const [id, share] of shares) {
      const owed = (this.owed.get(id) ?? 0) + share;
      this.owed.set(id, owed);
      if (!best || owed > best.owed) best = { id, owed };
    }
    const { id = '', owed = 0 } = best ?? {};
    this.owed.set(id, owed - 100);
    const found = endpoint.deployedModels.find((one) => one.id === id);
    if (!found) throw new Refusal('INTERNAL', `The traffic split names ${id}, which is not deployed.`);
    return found;
  }

  private log(
    endpoint: Endpoint,
    deployed: Deployed,
    request: readonly string[],
    response: readonly string[],
  ): void {
    const config = endpoint.predictRequestResponseLoggingConfig;
    const target = config?.enabled ? config.bigqueryDestination?.outputUri : undefined;
    if (target === undefined) return;
    this.tables.log(target, {
      endpoint: endpoint.name,
      deployed_model_id: deployed.id,
      request_payload: request,
      response_payload: response,
    });
  }
}

const text = (value: unknown): string => JSON.stringify(value);
