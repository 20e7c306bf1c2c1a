import { leftovers } from './vertex-leftovers.mjs';
import { runLifecycle } from './lifecycle.mjs';

export const MACHINE = 'n1-standard-4';

const VERTEX = {
  id: 'vertex',
  title: 'Vertex AI',
  owner: 'Google Cloud',
  logIn: (ok, { project }) => ok('connect', 'google', '--project', project),
  connect: ({ project, region, store, machine }) => ({ project, region, store, machine }),
  deploy: ({ machine }) => ['--machine', machine],
  leftovers,
};

export const run = (given) => runLifecycle(VERTEX, given);
