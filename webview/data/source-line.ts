import { html, nothing, type TemplateResult } from 'lit';
import type { Column, ColumnProfile, SourceState } from '../../src/protocol';
import { button } from '../shared/controls';

export interface SourceLineOptions {
  readonly source: SourceState;
  readonly busy: boolean;
  readonly profiled: boolean;
  readonly onProfile: () => void;
  readonly onAct: (act: 'rows' | 'sample') => void;
}

/** What costs and what does not, and buttons for what is a query. */
export function sourceLine({ source, busy, profiled, onProfile, onAct }: SourceLineOptions): TemplateResult {
  const shown =
    source.free || source.asked
      ? 'Rows and metadata cost nothing.'
      : 'A view has no rows of its own: they are the result of a query.';
  return html`<div class="data-remote muted">
    <span>
      ${shown} Profile, filter, sort, charts and SQL are queries in BigQuery: bytes and price are shown before
      each.
    </span>
    ${
      source.free || source.asked
        ? nothing
        : button({
            label: 'Read Rows…',
            icon: 'play',
            kind: 'secondary',
            disabled: busy,
            title: 'Run the view’s query; bytes and price are shown first',
            onClick: () => onAct('rows'),
          })
    }
    ${
      profiled
        ? nothing
        : button({
            label: 'Profile…',
            icon: 'graph',
            kind: 'secondary',
            disabled: busy,
            title: 'Sum up all columns where they are; bytes and price are shown first',
            onClick: onProfile,
          })
    }
    ${
      source.free
        ? button({
            label: source.sample === undefined ? 'Sample…' : `Sample (${source.sample} %)…`,
            icon: 'filter',
            kind: 'secondary',
            disabled: busy,
            title: 'Look at a part of the table’s blocks (TABLESAMPLE); it reads and costs about that share',
            onClick: () => onAct('sample'),
          })
        : nothing
    }
  </div>`;
}

/** A column of which nothing but name and type is known, so that it can be filtered all the same. */
export function unknownProfile(column: Column): ColumnProfile {
  return {
    ...column,
    // So that missing cells can be chosen: whether there are any is not known.
    missing: 1,
    distinct: 0,
    distinctExact: false,
    min: null,
    max: null,
    mean: null,
    sd: null,
    quantiles: [],
    quantilesExact: false,
    top: [],
    histogram: null,
  };
}
