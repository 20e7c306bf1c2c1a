// Of Google's description of all of Vertex AI, a bundle gets the services that the product calls and what these speak of: 4 MB become 0.2 MB.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const API = 'google.cloud.aiplatform.v1';
const NAMESPACE = '.google.cloud';

/**
 * The description with all that the services (`JobService` …) need and nothing else below google.cloud: requests, answers, the
 * results of their operations, and what these hold. What other libraries share (google.api, google.rpc …) stays whole: their
 * extensions refer to one another.
 */
export function prune(description, services) {
  const protobuf = createRequire(createRequire(import.meta.url).resolve('google-gax'))('protobufjs');
  const root = protobuf.Root.fromJSON(copyOf(description));
  const kept = new Set();
  const open = [];
  const keep = (one) => {
    if (!one || kept.has(one.fullName)) return;
    kept.add(one.fullName);
    open.push(one);
  };
  for (const name of services) keep(root.lookupService(`${API}.${name}`));
  for (let one = open.pop(); one; one = open.pop()) {
    if (one instanceof protobuf.Service) for (const method of one.methodsArray) keepMethod(method, keep);
    if (one instanceof protobuf.Type) {
      for (const field of one.fieldsArray) keep(field.resolve().resolvedType);
      if (one.parent instanceof protobuf.Type) keep(one.parent);
    }
  }
  const pruned = copyOf(description);
  const cloud = NAMESPACE.slice(1).split('.');
  removeRest(
    cloud.reduce((node, name) => node.nested[name], pruned),
    NAMESPACE,
    kept,
  );
  return pruned;
}

/** Its request, its answer and, of an operation that takes a while, what it ends with. */
function keepMethod(method, keep) {
  method.resolve();
  keep(method.resolvedRequestType);
  keep(method.resolvedResponseType);
  const options = JSON.stringify([method.options, method.parsedOptions]);
  for (const [, name] of options.matchAll(/"(?:[^"]*\.)?(?:response|metadata)_type":"([^"]+)"/g)) {
    keep(method.parent.parent.lookup(name));
  }
}

const copyOf = (json) => JSON.parse(JSON.stringify(json));

function removeRest(node, name, kept) {
  for (const [key, child] of Object.entries(node.nested ?? {})) {
    const full = `${name}.${key}`;
    const isNamespace = !('fields' in child || 'values' in child || 'methods' in child || 'id' in child);
    removeRest(child, full, kept);
    const holds = Object.keys(child.nested ?? {}).length > 0;
    const isExtension = 'type' in child && 'id' in child;
    if (!isExtension && !kept.has(full) && !(holds && (isNamespace || 'fields' in child)))
      delete node.nested[key];
  }
}

/** The plugin of esbuild that does it. */
export const prunedProtos = (services) => ({
  name: 'pruned-protos',
  setup(build) {
    const file = ['aiplatform', 'build', 'protos', 'protos\\.json$'].join('[\\\\/]');
    build.onLoad({ filter: new RegExp(file) }, ({ path: found }) => ({
      contents: JSON.stringify(prune(JSON.parse(fs.readFileSync(found, 'utf8')), services)),
      loader: 'json',
      watchFiles: [path.resolve(found)],
    }));
  },
});
