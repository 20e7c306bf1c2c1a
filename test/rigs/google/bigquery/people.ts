import { PEOPLE } from '../../../sources/source.contract';
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
