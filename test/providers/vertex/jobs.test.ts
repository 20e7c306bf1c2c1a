import { create } from '../../../src/providers/vertex';
import { jobsContract } from '../jobs.contract';
import { makeVertexProject, standInRuntime, stopGoogle } from './rig';

jobsContract('Vertex AI', async () => {
  const rig = await makeVertexProject();
  const host = { ...rig.host, pythonFolder: await standInRuntime(rig.paths.root) };
  const { jobs } = await create(rig.paths, host);
  return {
    jobs,
    folder: rig.paths.root,
    chatty: true,
    dispose: async () => {
      await rig.dispose();
      await stopGoogle();
    },
  };
});
