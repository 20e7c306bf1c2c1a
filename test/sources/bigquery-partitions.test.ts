import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { SourceTable } from '../../src/core/source';
import { selectSql } from '../../src/sources/bigquery-sql';

type By = NonNullable<SourceTable['partition']>['by'];

function whereOf(id: string, column: string, sqlType: string, by: By): string {
  const table = {
    columns: [{ name: column, type: 'other' as const, sqlType }],
    partition: { column, required: false, ...(by === undefined ? {} : { by }) },
  };
  const sql = selectSql({ table: `bigquery://p/d/t$${id}` }, table);
  expect(sql).toContain('FROM `p`.`d`.`t`\nWHERE ');
  return sql.split('WHERE ')[1] ?? '';
}

test.each([
  ['20240131', 'born', 'DATE', 'DAY', '`born` >= DATE "2024-01-31" AND `born` < DATE "2024-02-01"'],
  ['202402', 'born', 'DATE', 'MONTH', '`born` >= DATE "2024-02-01" AND `born` < DATE "2024-03-01"'],
  ['2024', 'born', 'DATE', 'YEAR', '`born` >= DATE "2024-01-01" AND `born` < DATE "2025-01-01"'],
  [
    '2024123123',
    'at',
    'DATETIME',
    'HOUR',
    '`at` >= DATETIME "2024-12-31 23:00:00" AND `at` < DATETIME "2025-01-01 00:00:00"',
  ],
  [
    '20240229',
    'at',
    'TIMESTAMP',
    'DAY',
    '`at` >= TIMESTAMP "2024-02-29 00:00:00+00" AND `at` < TIMESTAMP "2024-03-01 00:00:00+00"',
  ],
  [
    '20240101',
    '_PARTITIONTIME',
    '',
    'DAY',
    '_PARTITIONTIME >= TIMESTAMP "2024-01-01 00:00:00+00" AND _PARTITIONTIME < TIMESTAMP "2024-01-02 00:00:00+00"',
  ],
  ['__NULL__', 'born', 'DATE', 'DAY', '`born` IS NULL'],
  ['__UNPARTITIONED__', '_PARTITIONTIME', '', 'DAY', '_PARTITIONTIME IS NULL'],
] as const)('the partition %s by %s (%s, %s) is %s', (id, column, sqlType, by, where) => {
  expect(whereOf(id, column, sqlType, by)).toBe(where);
});

test('ranges of whole numbers keep all digits', () => {
  const by = { start: '0', end: '9223372036854775000', interval: '10' };
  expect(whereOf('9007199254740993', 'n', 'INT64', by)).toBe(
    '`n` >= 9007199254740993 AND `n` < 9007199254741003',
  );
  expect(whereOf('__UNPARTITIONED__', 'n', 'INT64', by)).toBe('(`n` < 0 OR `n` >= 9223372036854775000)');
});

test.each([
  ['20240230', 'born', 'DATE', 'DAY'],
  ['202401', 'born', 'DATE', 'DAY'],
  ['__UNPARTITIONED__', 'born', 'DATE', 'DAY'],
  ['20240101', 'born', 'STRING', 'DAY'],
  ['20240101', 'born', 'DATE', undefined],
] as const)('the partition %s by %s (%s, %s) is no condition', (id, column, sqlType, by) => {
  expect(() => whereOf(id, column, sqlType, by)).toThrow(UserError);
});

test('a filter stands beside the partition', () => {
  const sql = selectSql(
    { table: 'bigquery://p/d/t$2024', filter: [{ is: 'missing', column: 'n' }] },
    {
      columns: [
        { name: 'n', type: 'integer', sqlType: 'INT64' },
        { name: 'day', type: 'date', sqlType: 'DATE' },
      ],
      partition: { column: 'day', required: true, by: 'YEAR' },
    },
  );
  expect(sql).toBe(
    'SELECT *\nFROM `p`.`d`.`t`\nWHERE `day` >= DATE "2024-01-01" AND `day` < DATE "2025-01-01" AND (IFNULL(`n` IS NULL, FALSE))',
  );
});
