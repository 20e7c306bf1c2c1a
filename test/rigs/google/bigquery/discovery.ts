import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tablesPython } from '../../../../scripts/lib/google-rig.mjs';

/** A schema of Google's discovery format (a part of JSON Schema 3). */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly required?: boolean;
  readonly location?: string;
}
interface Method {
  readonly httpMethod: string;
  readonly path: string;
  readonly flatPath?: string;
  readonly parameters?: Readonly<Record<string, Schema>>;
  readonly request?: Schema;
  readonly response?: Schema;
}
interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}
interface Document extends Resource {
  readonly parameters: Readonly<Record<string, Schema>>;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly servicePath: string;
}

/** What Google's own description of BigQuery's REST interface says of a call. */
export interface Contract {
  /** What is wrong with a request; [] when it is fine. */
  request(method: string, url: URL, body: unknown): readonly string[];
  /** What is wrong with an answer that is no error. */
  answer(method: string, url: URL, body: unknown): readonly string[];
}

/** From the document that PyPI's google-api-python-client brings along. */
export function readContract(): Contract {
  const code =
    'import googleapiclient, pathlib; print(pathlib.Path(googleapiclient.__file__).parent / "discovery_cache/documents/bigquery.v2.json")';
  const { stdout } = spawnSync(tablesPython(), ['-c', code], { encoding: 'utf8' });
  const document = JSON.parse(fs.readFileSync(stdout.trim(), 'utf8')) as Document;
  const methods = methodsOf(document);

  const methodFor = (http: string, url: URL): (Method & { name: string }) | undefined =>
    methods.find((one) => one.httpMethod === http && one.pattern.test(url.pathname));

  function check(value: unknown, schema: Schema, at: string): string[] {
    if (schema.$ref !== undefined) {
      const named = document.schemas[schema.$ref];
      return named ? check(value, named, at) : [`${at}: the schema ${schema.$ref} is not known`];
    }
    if (value === null || value === undefined) return [];
    switch (schema.type) {
      case 'any':
      case undefined:
        return [];
      case 'object': {
        if (typeof value !== 'object' || Array.isArray(value)) return [`${at}: no object`];
        return Object.entries(value).flatMap(([key, one]) => {
          const own = schema.properties?.[key] ?? schema.additionalProperties;
          return own ? check(one, own, `${at}.${key}`) : [`${at}.${key}: not in the description`];
        });
      }
      case 'array':
        if (!Array.isArray(value)) return [`${at}: no list`];
        return value.flatMap((one, k) => check(one, schema.items ?? {}, `${at}[${k}]`));
      case 'string':
        if (typeof value !== 'string') return [`${at}: ${typeof value} in place of a string`];
        if ((schema.format ?? '').includes('int64') && !/^-?\d+$/.test(value)) return [`${at}: no number`];
        return [];
      case 'integer':
        return Number.isInteger(value) ? [] : [`${at}: no whole number`];
      case 'boolean':
        return typeof value === 'boolean' ? [] : [`${at}: not true or false`];
      default:
        return [];
    }
  }

  return {
    request(http, url, body) {
      const method = methodFor(http, url);
      if (!method) return [`${http} ${url.pathname}: not in the description`];
      const known = { ...document.parameters, ...method.parameters };
      const params = [...url.searchParams].flatMap(([name, value]) => {
        const schema = known[name];
        if (!schema) return [`${method.name}: the parameter ${name} is not in the description`];
        if (schema.type === 'integer' && !/^\d+$/.test(value)) return [`${method.name}: ${name}=${value}`];
        if ((schema.format ?? '').includes('int64') && !/^\d+$/.test(value))
          return [`${method.name}: ${name}=${value}`];
        if (schema.type === 'boolean' && !/^(true|false)$/i.test(value))
          return [`${method.name}: ${name}=${value}`];
        return [];
      });
      const missing = Object.entries(method.parameters ?? {})
        .filter(
          ([name, one]) => one.required === true && one.location === 'query' && !url.searchParams.has(name),
        )
        .map(([name]) => `${method.name}: lacks ${name}`);
      const content = method.request ? check(body, method.request, method.name) : [];
      return [...params, ...missing, ...content];
    },
    answer(http, url, body) {
      const method = methodFor(http, url);
      return method?.response ? check(body, method.response, `answer of ${method.name}`) : [];
    },
  };
}

function methodsOf({ servicePath, ...document }: Document): (Method & { name: string; pattern: RegExp })[] {
  const found: (Method & { name: string; pattern: RegExp })[] = [];
  const walk = (resource: Resource, name: string): void => {
    for (const [own, method] of Object.entries(resource.methods ?? {})) {
      const path = (method.flatPath ?? method.path).replaceAll(/\{\+?[^}]+\}/g, '[^/]+');
      found.push({ ...method, name: `${name}${own}`, pattern: new RegExp(`^/${servicePath}${path}$`) });
    }
    for (const [own, one] of Object.entries(resource.resources ?? {})) walk(one, `${name}${own}.`);
  };
  walk(document, '');
  return found;
}
