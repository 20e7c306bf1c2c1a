import { expect } from 'vitest';
import { testPython } from '../python';
import { type Answer, makeSandbox, type Sandbox } from './mll';

export interface Failure {
  readonly error: { readonly kind: string; readonly message: string; readonly fix?: string };
}
export interface RunAnswer {
  readonly run: { id: string; status: string; error?: Failure['error'] };
}

/** Two numbers and a category; the class follows from the numbers, every row is another one. */
export function table(rows: number, label: (index: number) => string): string {
  const line = (index: number): string =>
    `${((index * 37) % 101) / 10},${((index * 53) % 97) / 10 + index / 1000},${'uvw'[index % 3]},${label(index)}`;
  return `x,z,kind,y\n${Array.from({ length: rows }, (_, index) => line(index)).join('\n')}\n`;
}
export const byX = (index: number): string => ((index * 37) % 101 < 50 ? 'low' : 'high');

export interface Trouble {
  readonly box: Sandbox;
  readonly mll: (...args: string[]) => Promise<Answer>;
  /** The failure of a command; it must be one that a person can act on. */
  readonly failure: (...args: string[]) => Promise<Failure['error']>;
  /** Why a training failed. */
  readonly failedRun: (...args: string[]) => Promise<Failure['error']>;
}

/** A project with the Python of tests and a small table `good.csv`. */
export async function makeTrouble(): Promise<Trouble> {
  const box = makeSandbox('mll träuble ');
  const mll = (...args: string[]): Promise<Answer> => box.mll('--yes', '--json', ...args);
  for (const args of [['init'], ['env', 'use', testPython()]]) {
    const { code, stdout } = await mll(...args);
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
  }
  box.write('good.csv', table(150, byX));
  return {
    box,
    mll,
    async failure(...args) {
      const { code, json, stderr } = await mll(...args);
      expect(code).toBe(1);
      expect(stderr).not.toMatch(/^ {4}at /m);
      const { error } = json() as Failure;
      expect(error.kind).not.toBe('internal');
      expect(error.fix).toBeTruthy();
      return error;
    },
    async failedRun(...args) {
      const { code, json } = await mll('train', '--algorithm', 'linear', ...args);
      const { run } = json() as RunAnswer;
      expect({ code, status: run.status }).toEqual({ code: 1, status: 'failed' });
      if (!run.error) throw new Error('The run failed without a reason.');
      expect(run.error.fix).toBeTruthy();
      return run.error;
    },
  };
}
