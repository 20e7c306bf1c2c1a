import fs from 'node:fs';
import path from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectEncoding } from '../../src/formats/encoding';
import { firstPage } from '../../src/formats/first-page';
import { startEngine, type TestEngine } from '../engine/build';

const detected = (text: string, encoding: string): string => {
  const bytes = iconv.encode(text, encoding);
  return detectEncoding({ bytes, size: bytes.length, name: 't.csv' }).label;
};

describe('an encoding is told by the bytes', () => {
  it.each([
    ['商品,価格\n緑茶,100\n', 'shift_jis'],
    ['名前,性別\n田中,男\n鈴木,女\n', 'shift_jis'],
    ['カタカナ,ﾊﾝｶｸ\n東京,ﾄｳｷｮｳ\n', 'shift_jis'],
    // Their second bytes are ASCII: a backslash, a pipe, letters.
    ['表示,能力,ソース\nポップ|竹,十,予\n', 'shift_jis'],
    ['姓名,性别,城市\n王伟,男,北京\n李娜,女,上海\n', 'gb18030'],
    ['日期，金额（元）\n2024年3月,￥12\n', 'gb18030'],
    ['id,name\n1,中国移动通信集团公司\n2,😀苹果\n', 'gb18030'],
    ['DESCRIÇÃO;PREÇO\nAÇÚCAR;1\n', 'iso-8859-1'],
    ['Größe;Straße;FUSSGÄNGER\nMüller;ÄRGER;ÖL\n', 'iso-8859-1'],
    ['Ação,Órgão,coração\nSÃO PAULO,\n', 'iso-8859-1'],
    ['naïve,“quoted”,…\nprix €,5\n', 'windows-1252'],
    ['½ ¼ °C;±5 µm\n', 'iso-8859-1'],
    ['Žluťoučký kůň\n', 'utf-8'],
  ])('%s in %s', (text, encoding) => {
    expect(detected(text, encoding)).toBe(encoding);
  });

  it('UTF-16 with and without a mark', () => {
    const text = 'name,straße\nZoë,1\nAda,2\n';
    expect(detected(text, 'utf-16le')).toBe('utf-16le');
    expect(detected(text, 'utf-16be')).toBe('utf-16be');
    expect(detected(`\uFEFF${text}`, 'utf-16be')).toBe('utf-16be');
  });

  it('a character that the beginning cuts in two does not matter', () => {
    const bytes = iconv.encode('列,値\n東京都,1\n', 'shift_jis');
    for (let end = 4; end < bytes.length; end += 1) {
      const some = bytes.subarray(0, end);
      expect(detectEncoding({ bytes: some, size: bytes.length, name: 't' }).label).toBe('shift_jis');
    }
  });
});

describe('tables in each encoding', () => {
  let rig: TestEngine;
  beforeAll(async () => {
    rig = await startEngine();
  });
  afterAll(() => rig.remove());

  it.each([
    ['shift_jis', ['商品コード', '表計算ソフト', '能力|十']],
    ['gb18030', ['城市名称', '北京市朝阳区', '人民币😀']],
    ['iso-8859-1', ['Größe', 'Müller, Söhne', 'à la carte']],
    ['windows-1252', ['Preis €', '„so“', 'œuvre']],
    ['utf-16le', ['Größe', '北京', '😀']],
    ['utf-16be', ['Größe', '北京', '😀']],
  ])('%s: rows, types and what is said', async (encoding, [name = '', text = '', last = '']) => {
    const lines = Array.from({ length: 500 }, (_, k) => `${k},"${text} ""${k}""",${k / 4},${last}`);
    const content = `id,${name},v,w\n${lines.join('\n')}\n`;
    const file = path.join(rig.folder, `${encoding}.csv`);
    fs.writeFileSync(file, iconv.encode(content, encoding));
    const first = await firstPage(file, { limit: 3 });
    expect(first.dialect).toMatchObject({ encoding, delimiter: ',', quote: '"', header: true });
    const { table } = await rig.engine.call('open', { source: { path: file } });
    const scan = await rig.engine.call('scan', { table });
    expect(scan).toMatchObject({ rows: 500, rejected: 0 });
    expect(scan.columns.map((one) => [one.name, one.type])).toEqual([
      ['id', 'integer'],
      [name, 'text'],
      ['v', 'number'],
      ['w', 'text'],
    ]);
    const { rows } = await rig.engine.call('page', { table, offset: 0, limit: 3 });
    expect(rows[2]).toEqual([2, `${text} "2"`, 0.5, last]);
    expect(first.page.rows).toEqual(rows);
    const deep = await rig.engine.call('page', { table, offset: 499, limit: 3 });
    expect(deep.rows).toEqual([[499, `${text} "499"`, 124.75, last]]);
    await rig.engine.call('close', { table });
  });
});
