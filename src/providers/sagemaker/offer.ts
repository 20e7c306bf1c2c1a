import type { ProjectPaths } from '../../core/api';
import type { Account } from '../../core/provider';
import { readConfig } from './config';
import { capacityFor } from './endpoint-requests';
import type { Framework } from '../cloud/frameworks';
import { defaultVersion, FRAMEWORKS } from './images';
import { resourcesFor } from './requests';

/** What jobs get by the settings, and which images there are to choose from. */
export function createOffer(paths: ProjectPaths): Pick<Account, 'defaults'> {
  return {
    async defaults(use) {
      const config = await readConfig(paths);
      const { machine: forJobs, instances, spot, maxMinutes } = resourcesFor(config, undefined);
      const served = capacityFor(config, { serverless: false });
      const machine = use === 'endpoint' && 'machine' in served ? served.machine : forJobs;
      const images = (Object.entries(FRAMEWORKS) as [Framework, string][]).map(([id, title]) => ({
        id,
        title: `${title} ${defaultVersion(id)}`,
      }));
      return { machine, instances, spot, maxMinutes, images };
    },
  };
}
