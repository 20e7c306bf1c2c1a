/** Changes variables of this process (undefined: unset); the function returned puts back what was there. */
export function changeEnvironment(values: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  const set = (all: Iterable<readonly [string, string | undefined]>): void => {
    for (const [name, value] of all) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  set(Object.entries(values));
  return () => set(before);
}

/** All variables of this process that turn the SDKs of AWS elsewhere, unset. */
export function withoutAws(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) => /^AWS_|_PROXY$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** All variables of this process that turn Google's clients elsewhere, unset; nobody's own login is looked at. */
export function withoutGoogle(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) =>
    /^(GOOGLE|GCLOUD|CLOUDSDK|STORAGE_EMULATOR|BIGQUERY_EMULATOR)_|_PROXY$/i.test(name),
  );
  return {
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    CLOUDSDK_CONFIG: '/nowhere',
    METADATA_SERVER_DETECTION: 'none',
  };
}
