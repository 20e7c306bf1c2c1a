import { leftovers } from './leftovers.mjs';
import { runLifecycle } from './lifecycle.mjs';

export const MACHINE = 'ml.m5.large';

const SAGEMAKER = {
  id: 'sagemaker',
  title: 'SageMaker',
  owner: 'AWS',
  connect: ({ region, profile, store, role, machine }) => ({ region, profile, store, role, machine }),
  deploy: (options) => (options['real-time'] ? ['--machine', options.machine] : ['--serverless']),
  leftovers,
};

export const run = (given) => runLifecycle(SAGEMAKER, given);
