import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chartSchema, chartText, parseChart, saveChart } from '../../src/core/chart-file';
import type { DataChart } from '../../src/protocol';

const whole: DataChart = {
  chart: 1,
  data: 'sales.csv',
  title: 'Prices: all',
  kind: 'heatmap',
  x: 'größe "x"',
  y: '- y',
  value: 'null',
  aggregate: 'mean',
  facet: 'yes',
  bins: 12,
  step: 'week',
  columns: ['a', 'b'],
  filter: [
    { is: 'between', column: 'a', min: 1, max: '2024-01-01', open: true },
    { is: 'oneOf', column: 'b', values: ['x', 1, true, null], not: true },
    { is: 'matching', column: 'c', text: '^a#b', pattern: { regex: true } },
    { is: 'missing', column: 'd', not: true },
    { is: 'duplicate', column: '' },
  ],
};
const fault = (text: string): string => {
  try {
    parseChart(text, '/p/one.chart.yaml');
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('It was taken.');
};

describe('a chart file', () => {
  it('comes back as it was written', () => {
    expect(parseChart(chartText(whole), 'a.chart.yaml')).toEqual(whole);
    expect(parseChart(JSON.stringify(whole), 'a.chart.yaml')).toEqual(whole);
  });

  it('names a table by its path from there', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll chart '));
    try {
      fs.mkdirSync(path.join(folder, 'charts'));
      const file = path.join(folder, 'charts', 'one.chart.yaml');
      await saveChart(file, { chart: 1, kind: 'bar', x: 'a', data: path.join(folder, 'data.csv') });
      expect(fs.readFileSync(file, 'utf8')).toBe('chart: 1\ndata: ../data.csv\nkind: bar\nx: a\n');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('says what is wrong in it', () => {
    expect(fault('chart: 1\nkind: pie\n')).toContain('"kind" must be one of: histogram, bar');
    expect(fault('chart: 1\nkind: bar\ncolor: a\n')).toContain('Did you mean "colour"?');
    expect(fault('chart: 2\nkind: bar\n')).toContain('"chart" must be one of: 1');
    expect(fault('chart: 1\nkind: bar\nbins: 0\n')).toContain('"bins"');
    expect(fault('chart: 1\nkind: [bar\n')).toMatch(
      /one\.chart\.yaml is no chart that can be drawn: line \d is no valid YAML/,
    );
    expect(fault('')).toContain('it begins with');
    expect(fault('- a')).toContain('it begins with');
    expect(fault('chart: 1\nkind: bar\nfilter:\n  - is: near\n    column: a\n')).toContain('filter.0');
  });

  it('has the schema that editors get', () => {
    const shipped = fs.readFileSync(path.join(import.meta.dirname, '../../media/chart.schema.json'), 'utf8');
    expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(chartSchema())));
  });
});
