import { html, nothing, type TemplateResult } from 'lit';
import type { PreprocessViewState, RecipeMatch } from '../../src/protocol';
import { button, icon } from '../shared/controls';
import { plural } from '../shared/format';
import { differences, fileName } from './texts';

const MOST_PROBLEMS = 3;

interface RecipeActions {
  onChoose(file: string): void;
  onOpen(file: string): void;
}

function recipe(match: RecipeMatch, checked: boolean, busy: boolean, actions: RecipeActions): TemplateResult {
  const { file, input, steps, problems } = match;
  const runs = problems.length === 0;
  const told = differences(match);
  const name = fileName(file);
  return html`<li class="match ${runs ? '' : 'match-off'}">
    <label class="match-label">
      <input
        type="radio"
        name="recipe"
        .checked=${checked}
        ?disabled=${!runs || busy}
        @change=${() => actions.onChoose(file)}
      />
      <span class="match-text">
        ${told.map((text) => html`<span class="match-difference">${icon('diff')} ${text}</span>`)}
        ${
          runs && told.length === 0
            ? html`<span class="match-same"
                >${icon('check')}
                ${match.isOwn ? 'Written for this data' : match.hasOwn ? 'The same columns' : 'All columns are there'}</span
              >`
            : nothing
        }
        <span class="match-name">${name}</span>
        <span class="muted"
          >${plural(steps, 'step')}${input === undefined ? nothing : `, written for ${input}`}</span
        >
        ${problems
          .slice(0, MOST_PROBLEMS)
          .map((text) => html`<span class="match-problem">${icon('error')} ${text}</span>`)}
        ${problems.length > MOST_PROBLEMS ? html`<span class="muted">${plural(problems.length - MOST_PROBLEMS, 'more problem')}</span>` : nothing}
      </span>
    </label>
    ${button({ label: `Open ${name}`, icon: 'go-to-file', kind: 'icon', onClick: () => actions.onOpen(file) })}
  </li>`;
}

/** The recipes to choose from: how the columns differ first, those that cannot run last, with the reason. */
export function recipesPart(
  matches: readonly RecipeMatch[],
  chosen: string | undefined,
  busy: boolean,
  actions: RecipeActions,
): TemplateResult {
  if (matches.length === 0) {
    return html`<p>
      This folder has no recipe yet. <strong>New Recipe…</strong> suggests one for this data.
    </p>`;
  }
  return html`<fieldset class="matches">
    <legend>Recipe</legend>
    <ul>
      ${matches.map((one) => recipe(one, one.file === chosen, busy, actions))}
    </ul>
    ${chosen === undefined ? html`<p>No recipe of this folder can run on this data.</p>` : nothing}
  </fieldset>`;
}

interface SettingsActions {
  readonly onFormat: (format: string) => void;
  readonly onRemember: (remember: string) => void;
  onFolder(): void;
  /** Of a folder: all its files, or what is new. */
  readonly onOnly: (only: string) => void;
  onBeside(): void;
  onRun(): void;
  onNew(): void;
}

function choice(
  name: string,
  value: string,
  options: readonly (readonly [value: string, label: string])[],
  busy: boolean,
  onChange: (value: string) => void,
): TemplateResult[] {
  return options.map(
    ([one, label]) =>
      html`<label class="choice"
        ><input
          type="radio"
          name=${name}
          .checked=${one === value}
          ?disabled=${busy}
          @change=${() => onChange(one)}
        />
        ${label}</label
      >`,
  );
}

/** A folder that grows: all of it each time, or what is new. */
function onlyPart(only: string, busy: boolean, actions: SettingsActions): TemplateResult {
  return html`<fieldset>
    <legend>Files</legend>
    ${choice(
      'only',
      only,
      [
        ['all', 'All files, into one new file'],
        ['new', 'Only new and changed files, into a dataset that grows'],
      ],
      busy,
      actions.onOnly,
    )}
  </fieldset>`;
}

/** How and where it is written, and where the values come from that steps remember. */
export function settingsPart(
  match: RecipeMatch,
  { tables, grows }: Pick<PreprocessViewState, 'tables' | 'grows'>,
  {
    format,
    remember,
    folder,
    only,
  }: {
    readonly format: string;
    readonly remember: string;
    readonly folder: string;
    readonly only: string;
  },
  busy: boolean,
  actions: SettingsActions,
): TemplateResult {
  if (grows && only === 'new') {
    return html`<div class="settings stack">
      ${onlyPart('new', busy, actions)}
      <p class="muted">
        A job takes in the files that are new or have changed since the last time, as a further part of a
        dataset. What the steps remember stays as it was fitted the first time, until the recipe changes.
      </p>
      <div>
        ${button({ label: 'Take In New Files', icon: 'play', disabled: busy, className: 'act-run', onClick: () => actions.onNew() })}
      </div>
    </div>`;
  }
  const own = fileName(match.input ?? '');
  const many = tables.length > 1;
  const asks = match.remembers.length > 0 && match.hasOwn && !match.isOwn;
  return html`<div class="settings stack">
    ${grows ? onlyPart('all', busy, actions) : nothing}
    <fieldset>
      <legend>Write</legend>
      ${choice(
        'format',
        format,
        [
          ['parquet', 'Parquet'],
          ['csv', 'CSV'],
        ],
        busy,
        actions.onFormat,
      )}
    </fieldset>
    <fieldset>
      <legend>Into</legend>
      <span class="result-path"
        >${folder === '' ? (many ? 'beside each table' : 'beside the table') : folder}</span
      >
      ${button({ label: 'Choose Folder…', kind: 'secondary', disabled: busy, onClick: () => actions.onFolder() })}
      ${folder === '' ? nothing : button({ label: 'Beside the Data', kind: 'secondary', disabled: busy, onClick: () => actions.onBeside() })}
    </fieldset>
    ${
      asks
        ? html`<fieldset>
            <legend>Fitted values (${match.remembers.join(', ')})</legend>
            ${choice(
              'remember',
              remember === 'each' ? 'each' : 'own',
              [
                ['own', `from ${own}: rows are transformed as new rows are at an endpoint`],
                ['each', many ? 'from each table itself' : 'from this table itself'],
              ],
              busy,
              actions.onRemember,
            )}
          </fieldset>`
        : nothing
    }
    <div>
      ${button({ label: many ? `Run on ${plural(tables.length, 'Table')}` : 'Run on All Rows', icon: 'play', disabled: busy, className: 'act-run', onClick: () => actions.onRun() })}
    </div>
  </div>`;
}
