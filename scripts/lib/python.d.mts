export function findPython(): string;
export function findPythonVersion(wanted: readonly string[]): string | undefined;
export function pythonEnvironment(
  name: string,
  requirementFiles: readonly string[],
  options?: { readonly python?: string; readonly complete?: boolean },
): string;
