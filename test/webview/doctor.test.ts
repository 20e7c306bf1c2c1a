import { describe, expect, it } from 'vitest';
import { verdict } from '../../webview/doctor/verdict';

const check = (ok: boolean) => ({ name: 'Git', ok, reason: '' });

describe('the verdict of the doctor', () => {
  it.each([
    [[], 'There was nothing to check.'],
    [[true, true], 'All 2 checks passed.'],
    [[true, false], '1 check of 2 needs attention.'],
    [[false, false, true], '2 checks of 3 need attention.'],
  ] as const)('%j', (states, text) => {
    expect(verdict(states.map(check))).toBe(text);
  });
});
