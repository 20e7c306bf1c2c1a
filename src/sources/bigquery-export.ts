import { UserError } from '../core/errors';
import type { SourceTable } from '../core/source';
import { parseTableUri } from '../core/source-uri';
import type { Jobs } from './bigquery-jobs';

/** BigQuery writes the rows of a table to Cloud Storage; gives how many files. */
export async function exportParquet(
  jobs: Jobs,
  { uri, free, kind, location }: SourceTable,
  to: string,
  signal?: AbortSignal,
): Promise<{ files: number }> {
  if (!free) {
    throw new UserError('unsupported', `${uri} is a ${kind}: only tables can be exported.`, {
      fix: 'Save it as a table first, then export that.',
    });
  }
  const { project, dataset, table } = parseTableUri(uri);
  const job = await jobs.run(
    {
      extract: {
        sourceTable: { projectId: project, datasetId: dataset, tableId: table },
        destinationUris: [to],
        destinationFormat: 'PARQUET',
      },
      labels: { tool: 'ml-lifecycle' },
    },
    { doing: `export ${uri} to ${to}`, location },
    signal,
  );
  const counts = job.statistics?.extract?.destinationUriFileCounts ?? [];
  return { files: counts.reduce((sum, one) => sum + one, 0) };
}
