import { create } from '../../../src/providers/sagemaker';
import { jobsContract } from '../jobs.contract';
import { makeSagemakerRig, standInRuntime } from './rig';

jobsContract('SageMaker', async () => {
  const rig = await makeSagemakerRig();
  const host = { ...rig.host, pythonFolder: await standInRuntime(rig.paths.root) };
  const { jobs } = await create(rig.paths, host);
  return { jobs, folder: rig.paths.root, chatty: true, dispose: () => rig.dispose() };
});
