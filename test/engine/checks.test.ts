import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckFinding } from '../../src/protocol';
import { isCardNumber, isIban } from '../../src/engine/personal';
import { startEngine, type TestEngine } from './build';

/** Data checks: each finding's number against the rows that its own filter shows. */
let rig: TestEngine;

beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

async function check(
  name: string,
  text: string,
): Promise<{ findings: readonly CheckFinding[]; shown: number[] }> {
  const file = path.join(rig.folder, name);
  fs.writeFileSync(file, text);
  const { table } = await rig.engine.call('open', { source: { path: file } });
  const findings = await rig.engine.call('checks', { table });
  const shown: number[] = [];
  for (const { filter = [] } of findings) {
    shown.push((await rig.engine.call('page', { table, offset: 0, limit: 0, filter })).total);
  }
  await rig.engine.call('close', { table });
  return { findings, shown };
}

const short = (findings: readonly CheckFinding[]): readonly unknown[] =>
  findings.map(({ kind, column, rows }) => [kind, column, rows]);

describe('data checks', () => {
  it('find what is odd in a table, with exactly the rows behind it', async () => {
    const sizes = Array.from({ length: 60 }, (_, k) => 20 + (k % 12));
    const lines = sizes.map((size, k) => {
      const city = k === 3 ? 'OSLO' : k === 7 ? ' Oslo' : k % 2 === 0 ? 'Oslo' : 'Bergen';
      const amount = k === 11 ? 'n.a.' : k === 12 ? 'none' : String(k % 5);
      const day = k === 20 ? '1800-01-01' : `2020-01-${String(10 + (k % 9))}`;
      return [k, k === 5 ? 9000 : size, city, amount, day, 'x', k < 40 ? '' : k].join(',');
    });
    const { findings, shown } = await check(
      'odd.csv',
      `id,size,city,amount,day,same,late\n${lines.join('\n')}\n`,
    );
    expect(short(findings)).toEqual([
      ['id', 'id', 60],
      ['outliers', 'size', 1],
      ['space', 'city', 1],
      ['spelling', 'city', 2],
      ['mixed', 'amount', 2],
      ['dates', 'day', 1],
      ['constant', 'same', 60],
      ['missing', 'late', 40],
    ]);
    // All spellings of Oslo are shown, so that they can be compared.
    const oslo = lines.filter((one) => /oslo/i.test(one)).length;
    expect(shown).toEqual([60, 1, 1, oslo, 2, 1, 60, 40]);
  });

  it('take different values for an id when they count, name or are called so, and not when they measure or date', async () => {
    const lines = Array.from({ length: 30 }, (_, k) => [
      100 + k * 2,
      `S${k}`,
      k * k * 991,
      k * k * 991,
      `2012/01/${String(k + 1).padStart(2, '0')}`,
    ]);
    const { findings } = await check('ids.csv', `row,serial,patient_id,income,day\n${lines.join('\n')}\n`);
    expect(short(findings)).toEqual([
      ['id', 'row', 30],
      ['id', 'serial', 30],
      ['id', 'patient_id', 30],
    ]);
  });

  it('find rows that repeat an earlier one, missing cells among them', async () => {
    const { findings, shown } = await check('twice.csv', 'a,b\n1,\n2,x\n1,\n1,\n2,y\n');
    expect(short(findings)).toEqual([
      ['duplicates', null, 2],
      ['missing', 'b', 3],
    ]);
    expect(shown).toEqual([2, 3]);
  });

  it('know personal data by its pattern, and by its checksum where there is one', async () => {
    const iban = ['DE89370400440532013000', 'GB82WEST12345698765432', 'FR1420041010050500013M02606'];
    const card = ['4111 1111 1111 1111', '5500-0000-0000-0004', '340000000000009'];
    const phone = ['+47 22 22 55 55', '+1 415 555 2671', '(030) 901820'];
    const text = iban.map((one, k) =>
      [one, card[k], phone[k], `p${String(k)}@example.org`, `4111 1111 1111 111${String(k + 2)}`].join(','),
    );
    const { findings, shown } = await check('people.csv', `iban,card,phone,mail,code\n${text.join('\n')}\n`);
    expect(findings.map(({ kind, column, text: said }) => [kind, column, said])).toEqual([
      ['personal', 'iban', 'look like bank accounts (IBAN)'],
      ['personal', 'card', 'look like card numbers'],
      ['personal', 'phone', 'look like telephone numbers'],
      ['personal', 'mail', 'look like e-mail addresses'],
    ]);
    expect(shown).toEqual([3, 3, 3, 3]);
  });

  it('find nothing in a clean table, and nothing in one without rows', async () => {
    expect((await check('clean.csv', 'a,b\n1,x\n2,y\n3,x\n')).findings).toEqual([]);
    expect((await check('none.csv', 'a,b\n')).findings).toEqual([]);
  });
});

describe('checksums', () => {
  it('hold for real examples and for none with one digit changed', () => {
    for (const good of ['4111111111111111', '5500 0000 0000 0004']) {
      expect(isCardNumber(good)).toBe(true);
      expect(isCardNumber(good.replace(/.$/, '9'))).toBe(false);
    }
    for (const good of ['DE89 3704 0044 0532 0130 00', 'NO9386011117947']) {
      expect(isIban(good)).toBe(true);
      expect(isIban(good.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)))).toBe(false);
    }
  });
});
