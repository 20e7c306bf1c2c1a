import type { Host, ProjectPaths } from '../../core/api';
import type { Check, Provider } from '../../core/provider';
import { fileExists } from '../../core/files';
import { currentPython } from '../../core/python';
import { createEndpoints } from './endpoints';
import { createJobs } from './jobs';

/** Jobs and endpoints on this machine, as detached processes; nothing leaves it. */
export function create(project: ProjectPaths, host: Host): Promise<Provider> {
  return Promise.resolve({
    id: 'local',
    jobs: createJobs(project, host),
    endpoints: createEndpoints({
      paths: project,
      host,
      python: async (signal) => (await currentPython(project, host, signal)).path,
    }),
    check: async (): Promise<readonly Check[]> => {
      const there = await fileExists(host.supervisorScript);
      return [
        {
          name: 'Jobs on this machine',
          ok: there,
          reason: there ? 'Ready.' : `The extension is incomplete: ${host.supervisorScript} is not there.`,
          ...(there ? {} : { fix: 'Install the extension again.' }),
        },
      ];
    },
  });
}
