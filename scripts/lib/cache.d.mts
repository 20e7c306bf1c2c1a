export function onPath(program: string): string | undefined;
export function aptInstall(...packages: readonly string[]): boolean;
