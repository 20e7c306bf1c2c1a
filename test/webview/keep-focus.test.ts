import { beforeEach, expect, it } from 'vitest';
import { keepFocus, keepFocusOver } from '../../webview/shared/keep-focus';

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (!found) throw new Error(id);
  return found;
};
const focused = (): string => document.activeElement?.id ?? '';
/** The focus leaves the page, as to a list of VS Code, and comes back to the page alone. */
function awayAndBack(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  window.dispatchEvent(new Event('blur'));
  expect(document.activeElement).toBe(document.body);
  window.dispatchEvent(new Event('focus'));
}
function controlA(on: HTMLElement): { readonly prevented: boolean; readonly heard: number } {
  let heard = 0;
  const hear = (): void => {
    heard += 1;
  };
  window.addEventListener('keydown', hear);
  const event = new KeyboardEvent('keydown', {
    key: 'a',
    ctrlKey: true,
    bubbles: true,
    cancelable: true,
    composed: true,
  });
  on.dispatchEvent(event);
  window.removeEventListener('keydown', hear);
  return { prevented: event.defaultPrevented, heard };
}

keepFocus(document);
beforeEach(() => {
  document.body.innerHTML =
    '<input id="name" value="Oslo"><div id="table" tabindex="0"></div><button id="go">Go</button>';
});

it('gives the focus back to what had it when the page had it last', () => {
  element('name').focus();
  element('table').focus();
  awayAndBack();
  expect(focused()).toBe('table');
});

it('leaves the focus where it came to, and where nothing can take it', () => {
  element('table').focus();
  window.dispatchEvent(new Event('blur'));
  element('go').focus();
  window.dispatchEvent(new Event('focus'));
  expect(focused()).toBe('go');
  element('table').focus();
  element('table').remove();
  awayAndBack();
  expect(document.activeElement).toBe(document.body);
});

it('Ctrl+A chooses the text of a box once: VS Code, which listens at the window, does not choose it again', () => {
  const box = element('name') as HTMLInputElement;
  box.setSelectionRange(4, 4);
  expect(controlA(box)).toEqual({ prevented: true, heard: 0 });
  expect([box.selectionStart, box.selectionEnd]).toEqual([0, 4]);
});

it('Ctrl+A that a control takes itself ends there; that of the page is left to VS Code', () => {
  element('table').addEventListener('keydown', (event) => event.preventDefault());
  expect(controlA(element('table'))).toEqual({ prevented: true, heard: 0 });
  expect(controlA(element('go'))).toEqual({ prevented: false, heard: 1 });
});

it('when what has the focus is taken away, the focus goes on; else it stays', () => {
  element('go').focus();
  keepFocusOver(
    () => element('go').remove(),
    () => element('table'),
  );
  expect(focused()).toBe('table');
  keepFocusOver(
    () => element('name').remove(),
    () => document.body,
  );
  expect(focused()).toBe('table');
});
