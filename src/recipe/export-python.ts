import { stepOf } from './catalogue';
import { HIDDEN, py, type Code, type CodeContext } from './code';
import { examine, type OtherTables } from './compile';
import { createConstants, type Constants } from './constants';
import { withoutUnusedSplit, type ExportRequest } from './export';
import { PART, ROW, type PlanStep } from './plan';
import { identifier } from './sql';
import { baseSql, renderStep, tableSql } from './render';

export type Library = 'pandas' | 'polars';

const FRAME = { pandas: 'pd.DataFrame', polars: 'pl.DataFrame' } as const;

const HELPER: Readonly<Record<Library, readonly string[]>> = {
  pandas: [
    'import duckdb',
    'import pandas as pd',
    'import pyarrow as pa',
    '',
    'DB = duckdb.connect()',
    'DB.execute("SET TimeZone = \'UTC\'")',
    '',
    '',
    'def _sql(query: str, **tables: pd.DataFrame) -> pd.DataFrame:',
    '    """The outcome of a query over tables, with Arrow\'s types: they tell missing from not a number."""',
    '    for name, table in tables.items():',
    '        DB.register(name, pa.Table.from_pandas(table, preserve_index=False))',
    '    return DB.sql(query).to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)',
  ],
  polars: [
    'import duckdb',
    'import polars as pl',
    '',
    'DB = duckdb.connect()',
    'DB.execute("SET TimeZone = \'UTC\'")',
    '',
    '',
    'def _sql(query: str, **tables: pl.DataFrame) -> pl.DataFrame:',
    '    """The outcome of a query over tables."""',
    '    for name, table in tables.items():',
    '        DB.register(name, table.to_arrow())',
    '    return pl.DataFrame(DB.sql(query).to_arrow_table())',
  ],
};

/**
 * The recipe as a Python function over pandas or polars tables. What the steps remember stands in it as values, so that it gives
 * the same table whoever runs it. A step that has no words of its own in the library is its SQL, run by DuckDB on the table.
 */
export function exportPython(library: Library, request: ExportRequest): string {
  const { head, prepare, remembered, reads, call } = pythonParts(library, request);
  return [
    `"""${docText(request.name)} as ${library} code.`,
    '',
    `What its steps remember was taken from the training part of ${request.rows} rows.`,
    '"""',
    '',
    head,
    '',
    '',
    prepare,
    ...(remembered === '' ? [] : ['', '', remembered]),
    '',
    '',
    'if __name__ == "__main__":',
    ...[...reads, `print(${call})`].map(indent),
    '',
  ].join('\n');
}

export interface PythonParts {
  /** Imports, and what the function needs. */
  readonly head: string;
  /** The function. */
  readonly prepare: string;
  /** The constants that the function reads; empty without them. */
  readonly remembered: string;
  /** Statements that read the tables; a statement may go over several lines. */
  readonly reads: readonly string[];
  /** The expression that calls the function. */
  readonly call: string;
}

/** The parts of {@link exportPython}. */
export function pythonParts(library: Library, request: ExportRequest): PythonParts {
  const { recipe, plan, fitted, relation } = request;
  const tables = plan.tables ?? [];
  const variables = new Map(tables.map((table, k) => [table.name, variableOf(table.name, k)]));
  const others: OtherTables = new Map(tables.map((table) => [table.name, table.columns]));
  const { schemas } = examine(recipe, plan.input, others);
  const given = [...variables.values()];
  const parameters = ['data', ...given].map((one) => `${one}: ${FRAME[library]}`).join(', ');
  const constants = createConstants([HIDDEN, 'DB']);
  const lines: string[] = [];
  for (const table of tables) {
    const variable = variables.get(table.name) ?? table.relation;
    lines.push(
      ...query(variable, tableSql(table, `SELECT * FROM ${identifier(variable)}`), [variable]).map(indent),
    );
  }
  plan.steps.forEach((step, k) => {
    const written = recipe.steps[step.index];
    const schema = schemas[step.index];
    if (written === undefined || schema === undefined) return;
    const context: CodeContext = {
      schema,
      values: fitted.steps[k] ?? {},
      target: plan.target,
      split: plan.split !== undefined,
      variable: (table) => variables.get(table) ?? table,
      constant: constants.value,
    };
    const title = `${step.index + 1}. ${step.kind}${written.note === undefined ? '' : `: ${written.note}`}`;
    lines.push(...comment(title).map(indent));
    const own: Code | undefined = stepOf(step.kind)?.code?.(written.options, context);
    lines.push(...(own?.[library] ?? stepQuery(step, context, tables, variables, constants)).map(indent));
  });
  const base = baseSql(withoutUnusedSplit(plan, lines), 'data');
  const last =
    library === 'pandas'
      ? `return df.sort_values(${py(ROW)}).drop(columns=${HIDDEN}).reset_index(drop=True)`
      : `return df.sort(${py(ROW)}).drop(${HIDDEN})`;
  const remembered = constants.lines();
  const read = [relation, ...tables.map((table) => request.tables?.[table.name] ?? '')];
  return {
    head: [
      ...HELPER[library],
      '',
      '',
      '# The columns by which rows are known.',
      `${HIDDEN} = ${py([ROW, PART])}`,
    ].join('\n'),
    remembered: remembered.length === 0 ? '' : ['# What the steps remember.', ...remembered].join('\n'),
    prepare: [
      `def prepare(${parameters}) -> ${FRAME[library]}:`,
      '    """All rows of the data through all steps, in their order."""',
      ...query('df', base, ['data']).map(indent),
      ...lines,
      indent(last),
    ].join('\n'),
    reads: read.flatMap((sql, k) => query(['data', ...given][k] ?? '', sql, [])),
    call: `prepare(${['data', ...given].join(', ')})`,
  };
}

/** Around the name of a constant in SQL, in which there is no such character. */
const MARK = '\u0000';

function stepQuery(
  step: PlanStep,
  { values }: CodeContext,
  tables: NonNullable<ExportRequest['plan']['tables']>,
  variables: ReadonlyMap<string, string>,
  constants: Constants,
): string[] {
  let sql = renderStep(step, values, 'df', step.transform, (name, rendered) => {
    const constant = constants.sql(name, rendered);
    return constant === undefined ? rendered : `${MARK}${constant}${MARK}`;
  });
  const used = ['df'];
  for (const { name, relation } of tables) {
    const variable = variables.get(name);
    if (variable === undefined || !sql.includes(relation)) continue;
    sql = sql.replaceAll(relation, identifier(variable));
    used.push(variable);
  }
  return query('df', sql, used);
}

/** An assignment of a query's outcome. */
function query(variable: string, sql: string, tables: readonly string[]): string[] {
  const given = tables.map((one) => `, ${one}=${one}`).join('');
  const pieces = sql.split(MARK).map((piece, k) => (k % 2 === 1 ? piece : quoted(piece)));
  return [`${variable} = _sql(${pieces.join(' + ')}${given})`];
}

/** SQL as a text of Python, over several lines where it has them. */
function quoted(sql: string): string {
  if (sql.includes('\\') || sql.includes('"""')) return py(sql);
  return `"""${sql}${sql.endsWith('"') ? '\n' : ''}"""`;
}

/** Lines of a text in a query must stay as they are, so only the first is moved. */
function indent(line: string): string {
  return line === '' ? '' : `    ${line}`;
}

function comment(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `# ${line}`.trimEnd());
}

function docText(text: string): string {
  return text
    .replaceAll('\\', '/')
    .replaceAll('"', "'")
    .replaceAll(/[\r\n]/g, ' ');
}

/** A variable's name for another table: `airports` of `data/airports.csv`. */
function variableOf(name: string, place: number): string {
  const base = (name.split(/[\\/]/).at(-1) ?? name).replace(/\..*$/, '').replaceAll(/[^A-Za-z0-9_]/g, '_');
  const word = /^[A-Za-z_]/.test(base) ? base.toLowerCase() : `table_${base.toLowerCase()}`;
  return RESERVED.has(word) || place > 0 ? `${word}_${place + 1}` : word;
}

const RESERVED = new Set(
  'data df other ordered train name category pd pl pa duckdb prepare and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
