import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench';

/** What a person does with the lists, boxes and modal questions of VS Code. */
export interface Asking {
  /** The entry of the list that is open. */
  readonly listed: (text: string | RegExp) => Locator;
  /** Chooses of a list; `title`: of the list that is meant, where the one before it holds the same words. */
  readonly pick: (label: string | RegExp, title?: string) => Promise<void>;
  /** Types into the box of that title, in place of what is proposed. */
  readonly answer: (title: string, text: string) => Promise<void>;
  /** Answers the modal question, of which the text is given; the picture shows what was asked. */
  readonly agree: (button: string | RegExp, shot?: string) => Promise<string>;
}

export function askingIn(bench: Workbench): Asking {
  const { page } = bench;
  const listed = (text: string | RegExp): Locator =>
    page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  const titled = (title: string): Promise<void> =>
    page.locator('.quick-input-title', { hasText: title }).waitFor({ timeout: 60_000 });
  return {
    listed,
    async pick(label, title) {
      if (title !== undefined) await titled(title);
      const row = listed(label);
      await row.waitFor();
      // The workbench swallows a click that comes right after a list opened.
      for (let attempt = 1; ; attempt += 1) {
        // What the mouse was left on shows its hint, which may lie over the row.
        await page.mouse.move(0, 0);
        await page.waitForTimeout(300);
        await row.click();
        try {
          await row.waitFor({ state: 'hidden', timeout: 3000 });
          return;
        } catch (error) {
          if (attempt === 3) throw error;
        }
      }
    },
    async answer(title, text) {
      await titled(title);
      await page.locator('.quick-input-box input').fill(text);
      await page.keyboard.press('Enter');
    },
    async agree(button, shot) {
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.waitFor({ timeout: 60_000 });
      // The next question may stand there at once: what has to go is this one, not every dialog.
      const asked = await dialog.elementHandle();
      const text = await dialog.innerText();
      if (shot) await bench.shot(shot);
      await dialog.getByRole('button', { name: button }).click();
      await asked.waitForElementState('hidden');
      return text;
    },
  };
}
