export function findPython(): string;
export function pythonEnvironment(name: string, requirementFiles: readonly string[]): string;
