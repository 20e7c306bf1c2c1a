export type ThemeKind = 'dark' | 'light' | 'high-contrast' | 'high-contrast-light';

/** The kind of VS Code's colour theme, from the class that it keeps on the body. */
export function themeKind(): ThemeKind {
  const classes = document.body.classList;
  if (classes.contains('vscode-high-contrast-light')) return 'high-contrast-light';
  if (classes.contains('vscode-high-contrast')) return 'high-contrast';
  return classes.contains('vscode-light') ? 'light' : 'dark';
}

/** Calls `changed` after VS Code has put new theme colours into the page; the function returned ends that. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  // VS Code writes the variables on the root and the kind of theme on the body.
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}

/** A theme colour as VS Code spells it (`editor-foreground`), or the fallback where the theme has none. */
export function themeColour(name: string, fallback: string): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`).trim();
  return value === '' ? fallback : value;
}

/** True when the person asked the system for less motion, or VS Code did. */
export function reducedMotion(): boolean {
  return (
    document.body.classList.contains('vscode-reduce-motion') ||
    window.matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
