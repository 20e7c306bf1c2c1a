import type { ChartConfiguration } from 'chart.js';
import type { ChartData } from '../../../src/protocol';
import { barConfig, histogramConfig } from './bars';
import { boxConfig } from './boxes';
import { lineConfig, scatterConfig } from './lines';
import { correlationConfig, densityConfig, heatmapConfig, missingConfig } from './matrices';
import type { Ink } from './style';

/** What chart.js draws of one facet. */
export function configOf(
  data: ChartData,
  facet: number,
  { colours, sideways }: { readonly colours: Ink; readonly sideways: boolean },
): ChartConfiguration {
  const { body } = data;
  switch (body.kind) {
    case 'histogram':
      return histogramConfig(data, body, facet, colours);
    case 'bar':
      return barConfig(data, body, facet, { colours, sideways });
    case 'line':
      return lineConfig(data, body, facet, colours);
    case 'scatter':
      return body.shows === 'density'
        ? densityConfig(data, body, facet, colours)
        : scatterConfig(data, body, facet, colours);
    case 'box':
      return boxConfig(data, body, facet, colours);
    case 'heatmap':
      return heatmapConfig(data, body, facet, colours);
    case 'correlation':
      return correlationConfig(body, colours);
    case 'missing':
      return missingConfig(body, colours);
  }
}
