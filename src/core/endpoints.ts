import path from 'node:path';
import type { EndpointsApi } from './api';
import type { CoreContext } from './context';
import { capacityOf, isServed, measuredOf, serves, serving, sharing } from './endpoint-parts';
import { ENDPOINT, type EndpointManifest } from './endpoints-manifest';
import { toErrorData, UserError } from './errors';
import { type Agree, askToAgree } from './estimate';
import { invokeFile, predictionsFile } from './invoke-file';
import { agreeToLoad, checkLoad, load } from './load';
import { flatLayout } from './manifests';
import type { Capacity, Endpoint, InvokeResult, Model, Row, Signature } from './model';
import { monitor } from './monitor-report';
import { checkName, resolveName } from './names';
import { checkOutput } from './outputs';
import type { Endpoints } from './provider';
import { retrain } from './retrain';
import type { CallOptions } from '../rpc';

/** Endpoints of one project: the manifests say what is served, the provider where and how. */
export function createEndpoints(
  context: CoreContext,
): EndpointsApi & { broken(): Promise<readonly UserError[]> } {
  const folder = context.manifests(flatLayout('endpoints'), ENDPOINT);
  /** Endpoints whose model is being replaced by this process. */
  const updating = new Set<string>();
  const now = (): string => context.host.now().toISOString();

  async function manifestOf(given: string): Promise<EndpointManifest> {
    const name = resolveName(given, await folder.keys(), 'endpoint');
    const found = await folder.read(name);
    if (found) return found;
    throw new UserError('notFound', `The endpoint "${name}" was removed meanwhile.`);
  }

  async function endpointsOf(
    id: EndpointManifest['provider'] | undefined,
  ): Promise<{ id: Endpoint['provider']; endpoints: Endpoints; remote: boolean }> {
    const provider = await context.provider(id);
    if (provider.endpoints) {
      return { id: provider.id, endpoints: provider.endpoints, remote: provider.remote === true };
    }
    throw new UserError('unsupported', `The provider "${provider.id}" has no endpoints.`, {
      fix: 'Deploy with another provider, for example --provider local.',
    });
  }

  /** Runs `work`; an endpoint that this machine does not know yet (a fresh clone) is deployed from its manifest first. */
  async function deployed<T>(
    manifest: EndpointManifest,
    work: (endpoints: Endpoints) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const { endpoints, remote } = await endpointsOf(manifest.provider);
    try {
      return await work(endpoints);
    } catch (error) {
      if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
      // What costs money is not made by the way.
      if (remote) throw error;
      const model = await context.models.get(`${manifest.model}@${manifest.version}`);
      // Raises its own error when the package is not on this machine either.
      await context.models.signature(`${model.name}@${model.version}`);
      await endpoints.deploy(manifest.name, model, manifest.capacity, signal);
      return work(endpoints);
    }
  }

  async function describe(manifest: EndpointManifest): Promise<Endpoint> {
    const base: Endpoint = {
      name: manifest.name,
      status: 'stopped',
      model: manifest.model,
      version: manifest.version,
      ...(manifest.previous ? { previous: manifest.previous } : {}),
      provider: manifest.provider,
      created: manifest.created,
      updated: manifest.updated,
    };
    let remote = false;
    try {
      const found = await endpointsOf(manifest.provider);
      ({ remote } = found);
      const seen = await found.endpoints.get(manifest.name);
      return {
        ...base,
        status: updating.has(manifest.name) ? 'updating' : seen.status,
        ...(seen.url === undefined ? {} : { url: seen.url }),
        // What answers now counts, also when a switch was not written down any more.
        model: seen.model,
        version: seen.version,
        ...(seen.place ? { place: seen.place } : {}),
        ...(seen.machines ? { machines: seen.machines } : {}),
        ...(seen.idle ? { idle: seen.idle } : {}),
        ...(seen.split ? { split: seen.split } : {}),
        ...(seen.error ? { error: seen.error } : {}),
      };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.kind !== 'notFound') return { ...base, status: 'failed', error: toErrorData(error) };
      if (manifest.status === 'creating') return { ...base, status: 'creating' };
      // Deleted elsewhere, in the console for example.
      return { ...base, status: remote ? 'removed' : 'stopped' };
    }
  }

  async function change(
    name: string,
    edit: (manifest: EndpointManifest) => EndpointManifest,
  ): Promise<EndpointManifest> {
    const after = await folder.update(name, (current) => current && edit(current));
    if (after) return after;
    throw new UserError('notFound', `The endpoint "${name}" was removed meanwhile.`);
  }

  /** Before anything leaves this machine or costs money: shown, and agreed to. */
  async function agreed(
    endpoints: Endpoints,
    name: string,
    model: Model,
    capacity?: Capacity,
    signal?: AbortSignal,
    agree = context.host.agree?.bind(context.host),
  ): Promise<void> {
    if (endpoints.estimate) {
      await askToAgree(agree ? { agree } : {}, await endpoints.estimate(name, model, capacity, signal));
    }
  }

  async function switchTo(
    manifest: EndpointManifest,
    model: Model,
    signal?: AbortSignal,
    agree?: Agree,
  ): Promise<Endpoint> {
    const { endpoints } = await endpointsOf(manifest.provider);
    await context.models.signature(`${model.name}@${model.version}`);
    const { capacity } = manifest;
    await agreed(endpoints, manifest.name, model, capacity, signal, agree);
    updating.add(manifest.name);
    try {
      await endpoints.update(manifest.name, model, capacity, signal).catch((error: unknown) => {
        if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
        return endpoints.deploy(manifest.name, model, capacity, signal);
      });
    } catch (error) {
      // Cancelled, or refused what comes after: the model may serve all the same.
      if (await serves(endpoints, manifest.name, model))
        await change(manifest.name, (one) => serving(one, model, now()));
      throw error;
    } finally {
      updating.delete(manifest.name);
    }
    return describe(await change(manifest.name, (one) => serving(one, model, now())));
  }

  async function update(
    name: string,
    reference: string,
    call: CallOptions = {},
    agree?: Agree,
  ): Promise<Endpoint> {
    const manifest = await manifestOf(name);
    return switchTo(manifest, await context.models.get(reference), call.signal, agree);
  }

  async function signatureOf(manifest: EndpointManifest): Promise<Signature> {
    return context.models.signature(`${manifest.model}@${manifest.version}`);
  }

  function send(
    manifest: EndpointManifest,
    rows: readonly Row[],
    signal?: AbortSignal,
  ): Promise<InvokeResult> {
    if (rows.length === 0) {
      throw new UserError('invalid', 'There are no rows to send.', { fix: 'Give at least one row.' });
    }
    return deployed(manifest, (endpoints) => endpoints.invoke(manifest.name, rows, signal), signal);
  }

  return {
    async deploy(request, call = {}) {
      const model = await context.models.get(request.model);
      await context.models.signature(`${model.name}@${model.version}`);
      const name = request.name ?? model.name;
      checkName(name, 'endpoint');
      const { id, endpoints, remote } = await endpointsOf(request.provider);
      await context.ensureProject();
      const taken = (await folder.keys()).find((one) => one.toLowerCase() === name.toLowerCase());
      const refuse = (other: string): never => {
        throw new UserError('conflict', `There is already an endpoint "${other}".`, {
          fix: `Give it the new model ("mll update ${other} ${model.name}@${model.version}"), or deploy under another name.`,
          actions: [
            {
              title: 'Update Endpoint',
              command: 'mll.endpoint.update',
              args: [other, `${model.name}@${model.version}`],
            },
          ],
        });
      };
      if (taken !== undefined) refuse(taken);
      const capacity = capacityOf(request);
      await agreed(endpoints, name, model, capacity, call.signal);
      const served = remote && (await isServed(endpoints, name, call.signal));
      const time = now();
      await folder.update(name, (current) =>
        current
          ? refuse(name)
          : {
              name,
              provider: id,
              model: model.name,
              version: model.version,
              status: 'creating',
              ...(Object.keys(capacity).length === 0 ? {} : { capacity }),
              created: time,
              updated: time,
            },
      );
      try {
        await endpoints.deploy(name, model, capacity, call.signal);
      } catch (error) {
        // What could not be removed and costs money stays in the list; what another clone or person deployed goes on serving.
        const gone =
          served ||
          (await endpoints.remove(name).then(
            () => true,
            () => !remote,
          ));
        if (gone) await folder.update(name, () => undefined);
        throw error;
      }
      return describe(await change(name, (one) => ({ ...one, status: 'deployed', updated: now() })));
    },
    async list() {
      const all = await Promise.all((await folder.list()).map(describe));
      return all.sort((a, b) => a.name.localeCompare(b.name));
    },
    get: async (name) => describe(await manifestOf(name)),
    update: (name, reference, call) => update(name, reference, call),
    async split(name, reference, percent, { signal } = {}) {
      const manifest = await manifestOf(name);
      const { id, endpoints } = await endpointsOf(manifest.provider);
      const asked = { id, endpoint: manifest.name, reference, percent };
      const { model, share, agree } = await sharing(context, endpoints, asked);
      await agreed(endpoints, manifest.name, model, manifest.capacity, signal, agree);
      updating.add(manifest.name);
      try {
        await share(manifest.capacity, signal);
      } finally {
        updating.delete(manifest.name);
      }
      return describe(await change(manifest.name, (one) => ({ ...one, updated: now() })));
    },
    async rollback(name, call = {}) {
      const manifest = await manifestOf(name);
      if (!manifest.previous) {
        throw new UserError('invalid', `The endpoint "${manifest.name}" has had no other model yet.`, {
          fix: 'Rolling back needs an update before it.',
        });
      }
      const { model, version } = manifest.previous;
      return switchTo(manifest, await context.models.get(`${model}@${version}`), call.signal);
    },
    async stop(name) {
      const manifest = await manifestOf(name);
      const { endpoints } = await endpointsOf(manifest.provider);
      await endpoints.stop(manifest.name).catch((error: unknown) => {
        if (!(error instanceof UserError) || error.kind !== 'notFound') throw error;
      });
      await change(manifest.name, (one) => ({ ...one, updated: now() }));
    },
    async remove(name) {
      const manifest = await manifestOf(name);
      const { endpoints } = await endpointsOf(manifest.provider);
      await endpoints.remove(manifest.name);
      await folder.update(manifest.name, () => undefined);
    },
    broken: () => folder.broken(),
    signature: async (name) => signatureOf(await manifestOf(name)),
    invoke: async (name, rows, signal) => send(await manifestOf(name), rows, signal),
    async invokeFile(name, file, output, call = {}) {
      const manifest = await manifestOf(name);
      const source = await context.datasets.source(file);
      const target = path.resolve(output ?? predictionsFile(source.path));
      await checkOutput(target, ['.csv'], [source.path]);
      return invokeFile(
        {
          engine: context.host.engine,
          source,
          output: target,
          signature: await signatureOf(manifest),
          mostBytes: (await endpointsOf(manifest.provider)).endpoints.mostBytes,
          invoke: (rows, signal) => send(manifest, rows, signal),
        },
        call,
      );
    },
    async load(name, requests, concurrency, call = {}) {
      const manifest = await manifestOf(name);
      checkLoad(requests, concurrency);
      const { examples } = await signatureOf(manifest);
      const { endpoints } = await endpointsOf(manifest.provider);
      const model = await context.models.get(`${manifest.model}@${manifest.version}`);
      const costs = await endpoints.estimate?.(manifest.name, model, manifest.capacity, call.signal);
      const serverless = manifest.capacity?.serverless === true;
      const asked = { name: manifest.name, requests, concurrency, serverless };
      if (costs) await agreeToLoad(context.host, costs, asked);
      // The first request may have to start the endpoint: it is no part of the measurement.
      await send(manifest, examples.slice(0, 1), call.signal);
      return load(
        {
          requests,
          concurrency,
          examples,
          invoke: (row) => endpoints.invoke(manifest.name, [row], call.signal),
        },
        call,
      );
    },
    async logs(name, cursor) {
      const manifest = await manifestOf(name);
      const { endpoints } = await endpointsOf(manifest.provider);
      return endpoints.logs(manifest.name, cursor);
    },
    async access(name) {
      const manifest = await manifestOf(name);
      return deployed(manifest, (endpoints) => endpoints.access(manifest.name));
    },
    async monitor(name, options = {}, call = {}) {
      const manifest = await manifestOf(name);
      const { endpoints } = await endpointsOf(manifest.provider);
      const model = await context.models.get(`${manifest.model}@${manifest.version}`);
      const captureFiles = await endpoints.captureFiles(manifest.name, call.signal);
      const report = await monitor(context, { endpoint: manifest.name, model, captureFiles }, options, call);
      const measured = await measuredOf(context, endpoints, manifest.name, report.since, call.signal);
      return { ...report, ...(measured ? { measured } : {}) };
    },
    async retrain(name, options, call = {}) {
      const manifest = await manifestOf(name);
      const old = await context.models.get(`${manifest.model}@${manifest.version}`);
      const { endpoints } = await endpointsOf(manifest.provider);
      const { agree, ...outcome } = await retrain(
        context,
        old,
        {
          ...options,
          ...(options.promote && endpoints.estimate
            ? {
                promotion: async () =>
                  endpoints.estimate?.(manifest.name, old, manifest.capacity, call.signal),
              }
            : {}),
        },
        call,
      );
      const promote = options.promote === true && outcome.gate.held;
      if (promote) await update(manifest.name, `${outcome.new.model}@${outcome.new.version}`, call, agree);
      const reference = (one: { model: string; version: number }): { model: string; version: number } => ({
        model: one.model,
        version: one.version,
      });
      await change(manifest.name, (one) => ({
        ...one,
        retrained: [
          {
            time: now(),
            run: outcome.run.id,
            ...(outcome.run.data ? { data: outcome.run.data.name } : {}),
            old: reference(outcome.old),
            new: reference(outcome.new),
            gate: outcome.gate,
            promoted: promote,
          },
          ...(one.retrained ?? []),
        ].slice(0, 20),
      }));
      return { ...outcome, promoted: promote };
    },
  };
}
