import { type Check, checkEach } from '../core/checked';
import type { Jobs } from './bigquery-jobs';

/** A dry run is free, and needs all that a query needs but a table: the login, the API, a project that pays, and the right to run queries. */
export const checkQueries = (jobs: Jobs, signal?: AbortSignal): Promise<readonly Check[]> =>
  checkEach('BigQuery', [
    [
      'queries',
      async () => {
        const { where } = await jobs.dryRun({ sql: 'SELECT 1' }, signal);
        return { ok: true, reason: `Queries may be run (${where}); asked by a dry run, which is free.` };
      },
    ],
  ]);
