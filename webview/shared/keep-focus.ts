/**
 * What a page in VS Code must do itself, so that keys go where a person left off.
 *
 * When the focus leaves the page (a list or a dialog of VS Code, another editor), the browser forgets which element had it.
 * VS Code gives the focus back to the page alone, and keys would go nowhere.
 */
export function keepFocus(page: Document): void {
  let last: HTMLElement | undefined;
  page.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement) last = target;
  });
  page.defaultView?.addEventListener('focus', () => {
    const isLost = page.activeElement === null || page.activeElement === page.body;
    if (isLost && last?.isConnected === true) last.focus({ preventScroll: true });
  });
  page.addEventListener('keydown', selectAllOnce);
}

/** Does something that may take away what has the focus; if so, the focus goes on to another element. */
export function keepFocusOver(act: () => void, next: () => HTMLElement | null | undefined): void {
  const had = document.activeElement;
  act();
  if (had !== document.body && document.activeElement === document.body) next()?.focus();
}

/**
 * VS Code hears of Ctrl+A after the page has done it, and has all be selected again: what was typed meanwhile would be
 * overwritten by the next key. Where the page knows what is meant, VS Code does not hear of it.
 */
function selectAllOnce(event: KeyboardEvent): void {
  const isMeant = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!isMeant || event.key.toLowerCase() !== 'a') return;
  // The box itself, not the control around it.
  const [box] = event.composedPath();
  if (!event.defaultPrevented && (box instanceof HTMLInputElement || box instanceof HTMLTextAreaElement)) {
    box.select();
    event.preventDefault();
  }
  if (event.defaultPrevented) event.stopPropagation();
}
