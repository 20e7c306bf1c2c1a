import { viewState } from '../shared/host';

/** Selected: the table after all steps. */
export const ALL = -2;

/** What the view keeps over a reload; `form` is a SavedForm as JSON, '' when none is open. */
export const saved = viewState({ selected: ALL, onlyChanged: false, details: '', form: '' });
