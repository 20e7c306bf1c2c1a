import { PEOPLE } from '../../../sources/source.contract';
import type { TablesServer } from './emulator';
import type { FakeTable } from './fake';

type Value = string | number | bigint | boolean | null;
const text = (value: Value): string | null => (value === null ? null : String(value));

/** The contract suite's table as the small stand-in holds it. */
export const PEOPLE_TABLE: FakeTable = {
  fields: [
    { name: 'id', type: 'INTEGER' },
    { name: 'name', type: 'STRING' },
    { name: 'score', type: 'FLOAT' },
    { name: 'born', type: 'DATE' },
    { name: 'active', type: 'BOOLEAN' },
    { name: 'big', type: 'INTEGER' },
  ],
  rows: PEOPLE.map((one) => [one.id, one.name, one.score, one.born, one.active, one.big].map(text)),
  bytes: { name: 50_000_000, score: 30_000_000 },
};

/** The same table, made by SQL. */
export async function fillPeople(server: TablesServer, dataset: string): Promise<void> {
  await server.sql(
    `CREATE TABLE ${dataset}.people (id INT64, name STRING, score FLOAT64, born DATE, active BOOL, big INT64)`,
  );
  const literal = (value: Value): string =>
    value === null ? 'NULL' : typeof value === 'string' ? JSON.stringify(value) : String(value);
  const rows = PEOPLE.map(({ id, name, score, born, active, big }) => {
    const day = born === null ? 'NULL' : `DATE '${born}'`;
    return `(${id}, ${literal(name)}, ${score === null ? 'NULL' : `CAST('${score}' AS FLOAT64)`}, ${day}, ${literal(active)}, ${big})`;
  });
  await server.sql(
    `INSERT INTO ${dataset}.people (id, name, score, born, active, big) VALUES ${rows.join(', ')}`,
  );
}
