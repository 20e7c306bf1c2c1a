import type { Explanation } from '../core/explain/explain';

/** A failure's text, and where it comes from as far as that is known. */
export interface FailureText {
  /** What it is the failure of, for the title. */
  readonly of: string;
  readonly text: string;
  readonly where?: string;
}

/** A fence that the text does not end. */
function fence(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/~+/g)].map(([run]) => run.length));
  return '~'.repeat(Math.max(3, longest + 1));
}

/** Markdown: class, cause, next step, and the text as it is; a text that is not known gets no cause. */
export function explanationText(failure: FailureText, found: Explanation): string {
  const mark = fence(failure.text);
  const said =
    found.class === 'unknown'
      ? ['No signal knows this text, so no cause is given.']
      : [found.cause, `**Next step:** ${found.fix}`, `Known by: ${found.matched}`];
  return [
    `# ${failure.of}: ${found.class}`,
    ...said,
    '## The text',
    `${mark}\n${failure.text}\n${mark}`,
    '',
  ].join('\n\n');
}
