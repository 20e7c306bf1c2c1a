import type { Plugin } from 'esbuild';

export function prune(description: object, services: readonly string[]): object;
export function prunedProtos(services: readonly string[]): Plugin;
