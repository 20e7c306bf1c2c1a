import { format } from 'node:util';
import Mocha from 'mocha';

/** Run by VS Code in its extension host; rejects when a test failed. */
export async function run(): Promise<void> {
  // The harness shows lines with this mark only: the extension host's console carries much else.
  const print = (...words: unknown[]): void => console.log(`[suite] ${format(...words)}`);
  Object.assign(Mocha.reporters.Base, { consoleLog: print });
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: false, reporter: 'spec' });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./manifest.test');
  await import('./project.test');
  await import('./editors.test');
  await import('./cases.test');
  await import('./nodes-of.test');
  await import('./stores.test');
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
