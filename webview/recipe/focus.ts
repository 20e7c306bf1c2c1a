/**
 * Where the focus goes after a change that takes a moment: to a step's first action of these names that can be used, unless the
 * person went on to something else meanwhile, in the view or outside of it (such as the command palette, which would close).
 */
export function focusAfter(app: HTMLElement): (step: number, ...names: readonly string[]) => void {
  const before = document.activeElement;
  return (step, ...names) => {
    if (!document.hasFocus()) return;
    const now = document.activeElement;
    if (now !== before && now !== document.body) return;
    const found = names.map((name) => app.querySelector<HTMLElement>(`[data-step="${step}"] ${name}`));
    found.find((one) => one && !one.hasAttribute('disabled'))?.focus();
  };
}

/** The first control of the open form; the one of its controls that has the focus already keeps it. */
export function focusForm(app: HTMLElement): void {
  if (!document.hasFocus()) return;
  if (app.querySelector('.step-form')?.contains(document.activeElement) === true) return;
  app.querySelector<HTMLElement>('.step-form input, .step-form .control')?.focus();
}
