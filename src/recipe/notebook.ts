import { py } from './code';
import { exportSql, type ExportRequest } from './export';
import { pythonParts, type Library } from './export-python';

type Cell =
  | {
      readonly cell_type: 'markdown';
      readonly id: string;
      readonly metadata: object;
      readonly source: string;
    }
  | {
      readonly cell_type: 'code';
      readonly id: string;
      readonly metadata: object;
      readonly source: string;
      readonly execution_count: null;
      readonly outputs: readonly never[];
    };

/** The recipe as a Jupyter notebook (nbformat 4.5): what it is, the function (or the SQL), and what runs it. */
export function exportNotebook(as: Library | 'sql', request: ExportRequest): string {
  const cells = as === 'sql' ? sqlCells(request) : pythonCells(as, request);
  const title = `# ${request.name.replaceAll(/([\\`*_[\]<>#])/g, '\\$1')}\n\nWhat its steps remember was taken from the training part of ${request.rows} rows.`;
  const whole = {
    cells: [
      { cell_type: 'markdown', id: 'title', metadata: {}, source: title } satisfies Cell,
      ...cells.map((source, k): Cell => ({
        cell_type: 'code',
        id: `code-${k + 1}`,
        metadata: {},
        source,
        execution_count: null,
        outputs: [],
      })),
    ],
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

function pythonCells(library: Library, request: ExportRequest): string[] {
  const { head, prepare, remembered, reads, call } = pythonParts(library, request);
  return [head, prepare, ...(remembered === '' ? [] : [remembered]), [...reads, call].join('\n')];
}

function sqlCells(request: ExportRequest): string[] {
  const sql = exportSql(request);
  const text = sql.includes('\\') || sql.includes('"""') ? py(sql) : `"""${sql}"""`;
  return [`import duckdb\n\nsql = ${text}`, 'duckdb.sql(sql)'];
}
