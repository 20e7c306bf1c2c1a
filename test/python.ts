import { pythonEnvironment } from '../scripts/lib/python.mjs';

/** The Python with the runtime's packages and the references of tests; made on first use when `npm test` did not. */
export function testPython(): string {
  return process.env.MLL_TEST_PYTHON ?? pythonEnvironment('dev', ['python/requirements-dev.txt']);
}
