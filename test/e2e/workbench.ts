import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { startBrowser } from '../../scripts/vscode/browser.mjs';
import { startServer, type Server } from '../../scripts/vscode/server.mjs';

export const root = path.resolve(import.meta.dirname, '../..');

export const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
} as const;

export interface Workbench {
  readonly page: Page;
  readonly server: Server;
  readonly workspace: string;
  /** The Explorer's row of a file. */
  file(name: string): Locator;
  /** Right-clicks and chooses; a menu that closed by itself is opened again. */
  contextMenu(row: Locator, label: string): Promise<void>;
  /** Runs a command by its palette title. */
  command(title: string): Promise<void>;
  /** The frame of the webview in which `selector` (with that text) is. */
  webview(selector: string, text?: string | RegExp, timeout?: number): Promise<Frame>;
  /** Shows a view container of the activity bar. */
  activity(name: string): Promise<void>;
  /** A row of a tree view in the side bar. */
  treeRow(text: string | RegExp): Locator;
  /** Clicks a row of a tree that opens a tab, and again when none came: a click in the moment in which a tree draws itself is lost. */
  openRow(text: string | RegExp): Promise<void>;
  /** Presses a button of a dialog or of a notification, when it comes up within the time; false when not. */
  press(button: string | RegExp, timeout?: number): Promise<boolean>;
  /** Presses a button of a notification. Under the driver of tests VS Code lists them, but lets none pop up. */
  pressNotification(button: string): Promise<void>;
  theme(name: keyof typeof THEMES): Promise<void>;
  /** Writes test-results/<name>.png (or into MLL_SHOTS). */
  shot(name: string): Promise<void>;
  /** Reloads the window, as a person does. */
  reload(): Promise<void>;
  /** Answers VS Code's file dialog with that absolute path. */
  chooseFile(file: string): Promise<void>;
  /** What stands on the clipboard. */
  clipboard(): Promise<string>;
  /** A further window on the same folder: its own page, its own extension host. Its `close` ends only that. */
  secondWindow(): Promise<Workbench>;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Installed extensions instead of the one under development. */
  readonly extensionsFolder?: string;
  readonly trust?: boolean;
  readonly workspace?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
}

const shots = process.env.MLL_SHOTS ?? path.join(root, 'test-results');

async function findFrame(
  page: Page,
  selector: string,
  text: string | RegExp | undefined,
  timeout: number,
): Promise<Frame> {
  const end = Date.now() + timeout;
  for (;;) {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      // A frame may go away while it is asked.
      const found = await frame
        .locator(selector, text === undefined ? {} : { hasText: text })
        .filter({ visible: true })
        .count()
        .catch(() => 0);
      if (found > 0) return frame;
    }
    if (Date.now() > end) {
      const tabs = await page.locator('.tabs-container .tab').allInnerTexts();
      const notices = await page.locator('.notification-list-item, .monaco-dialog-box').allInnerTexts();
      throw new Error(
        `No webview shows ${selector} ${String(text ?? '')}. Tabs: ${tabs.join(' | ')}. Notices: ${notices.join(' | ')}.`,
      );
    }
    await page.waitForTimeout(100);
  }
}

const axe = fs.readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong in a view: rule and element. A view is a part of VS Code's page, so it needs no landmarks. */
export async function faultsOf(frame: Frame): Promise<readonly string[]> {
  await frame.evaluate(axe);
  return frame.evaluate<string[]>(
    `axe.run(document, { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } }).then(
      ({ violations }) => violations.flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.html.slice(0, 160))))`,
  );
}

/** Runs `mll` in a project and gives the document that it prints; `state` is the user's state folder. */
export function mll(workspace: string, state: string, ...args: readonly string[]): unknown {
  const done = spawnSync(
    process.execPath,
    [path.join(root, 'dist/mll.js'), '--json', '--yes', '-C', workspace, ...args],
    { encoding: 'utf8', env: { ...process.env, MLL_STATE: state } },
  );
  if (done.status !== 0) throw new Error(`mll ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout);
}

/** Endpoints outlive VS Code by design: a test ends those of its own folder. */
export function endEndpoints(workspace: string, state: string): void {
  if (!fs.existsSync(path.join(workspace, '.ml/endpoints'))) return;
  const { endpoints } = mll(workspace, state, 'endpoints', 'list') as { endpoints: { name: string }[] };
  for (const { name } of endpoints) mll(workspace, state, 'endpoints', 'remove', name);
}

/** Starts a VS Code server and one page on a sample workspace (or the one given). */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const workspace = options.workspace ?? laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll é2e ')));
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-state-'));
  const server = await startServer({
    settings: { 'workbench.colorTheme': THEMES.dark, ...options.settings },
    trust: options.trust ?? false,
    ...(options.extensionsFolder === undefined ? {} : { extensionsFolder: options.extensionsFolder }),
    env: { MLL_STATE: state, ...options.env },
  });
  let browser: Browser | undefined;
  try {
    browser = await startBrowser();
    const viewport = options.viewport ?? { width: 1400, height: 900 };
    const developed = options.extensionsFolder === undefined ? [root] : [];
    const address = server.url({ workspace, developed });
    const main = browser;
    const closeAll = async (): Promise<void> => {
      await main.close();
      await server.stop();
      // A folder that the test made is the test's, with what runs in it.
      const own = options.workspace === undefined;
      if (own) endEndpoints(workspace, state);
      for (const folder of [state, ...(own ? [workspace] : [])])
        fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    };
    const openWindow = async (close?: () => Promise<void>): Promise<Workbench> => {
      // A context of its own: windows share nothing but the server and the folder.
      const context = await main.newContext({
        viewport,
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      page.setDefaultTimeout(45_000);
      await page.goto(address);
      await page.locator('.monaco-workbench .explorer-folders-view').waitFor({ timeout: 60_000 });
      return attach(page, server, workspace, () => openWindow(), close ?? (() => context.close()));
    };
    return await openWindow(closeAll);
  } catch (error) {
    await browser?.close();
    await server.stop();
    throw error;
  }
}

function attach(
  page: Page,
  server: Server,
  workspace: string,
  secondWindow: () => Promise<Workbench>,
  close: () => Promise<void>,
): Workbench {
  const bench: Workbench = {
    page,
    server,
    workspace,
    file: (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first(),
    async contextMenu(row, label) {
      for (let attempt = 1; ; attempt += 1) {
        await row.click({ button: 'right' });
        const item = page
          .locator('.context-view .action-item')
          .filter({ has: page.getByText(label, { exact: true }) })
          .first();
        try {
          await item.waitFor({ timeout: 3000 });
          // The workbench swallows a click that comes right after the menu opened.
          await page.waitForTimeout(300);
          await item.click({ timeout: 2000 });
          await item.waitFor({ state: 'detached', timeout: 1000 });
          return;
        } catch (error) {
          if (attempt === 5) throw error;
          await page.keyboard.press('Escape');
          await page.waitForTimeout(500);
        }
      }
    },
    async command(title) {
      const found = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
      // While the workbench still loads, the palette may come up without the commands of an extension.
      for (let attempt = 1; ; attempt += 1) {
        await page.keyboard.press('F1');
        try {
          // A view that takes the focus in this moment closes the palette.
          await page.locator('.quick-input-widget input').first().fill(`>${title}`, { timeout: 5000 });
          await found.waitFor({ timeout: 5000 });
          break;
        } catch (error) {
          if (attempt === 6) throw error;
          await page.keyboard.press('Escape');
          await page.waitForTimeout(500);
        }
      }
      await page.keyboard.press('Enter');
      await page.waitForTimeout(200);
    },
    webview: (selector, text, timeout = 30_000) => findFrame(page, selector, text, timeout),
    async activity(name) {
      const item = page.locator('.activitybar .action-item').filter({
        has: page.locator(`.action-label[aria-label^="${name}"]`),
      });
      const isShown = async (): Promise<boolean> =>
        (await item.getAttribute('aria-selected')) === 'true' ||
        ((await item.getAttribute('class')) ?? '').includes('checked');
      // The workbench may swallow a click while it settles; a click on the one that is shown would hide the side bar.
      for (let attempt = 1; !(await isShown()); attempt += 1) {
        if (attempt > 5) throw new Error(`The activity bar does not show ${name}.`);
        await item.click();
        for (let waited = 0; waited < 2000 && !(await isShown()); waited += 100)
          await page.waitForTimeout(100);
      }
      // A click in the very moment in which a view draws its rows selects one and opens nothing; no person is so quick.
      await page.locator('.sidebar .monaco-progress-container.active').first().waitFor({ state: 'detached' });
      await page.waitForTimeout(500);
    },
    treeRow: (text) => page.locator('.sidebar .pane-body .monaco-list-row', { hasText: text }).first(),
    async openRow(text) {
      const label = page.locator('.tabs-container .tab.active .label-name').first();
      const shown = async (): Promise<string> => ((await label.count()) > 0 ? label.innerText() : '');
      const before = await shown();
      for (let attempt = 1; (await shown()) === before; attempt += 1) {
        if (attempt > 3) throw new Error(`A click on ${String(text)} opens no tab.`);
        await bench.treeRow(text).click();
        for (let waited = 0; waited < 15_000 && (await shown()) === before; waited += 100)
          await page.waitForTimeout(100);
      }
    },
    async press(button, timeout = 5000) {
      const found = page
        .locator('.monaco-dialog-box, .notifications-toasts')
        .getByRole('button', { name: button })
        .first();
      try {
        await found.waitFor({ timeout });
      } catch {
        return false;
      }
      await page.waitForTimeout(200);
      await found.click();
      return true;
    },
    async pressNotification(button) {
      const wanted = page.locator('.notifications-center').getByRole('button', { name: button, exact: true });
      // The list closes by itself when its last entry goes, such as a progress that ends before its outcome is told.
      for (let attempt = 1; ; attempt += 1) {
        await bench.command('Notifications: Show Notifications');
        try {
          await wanted.click({ timeout: 10_000 });
          return;
        } catch (error) {
          if (attempt === 4) throw error;
        }
      }
    },
    async theme(name) {
      server.set({ 'workbench.colorTheme': THEMES[name] });
      await page.waitForTimeout(1500);
    },
    async shot(name) {
      fs.mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: path.join(shots, `${name}.png`) });
    },
    async reload() {
      await page.reload();
      await page.locator('.monaco-workbench .part.sidebar').waitFor({ timeout: 60_000 });
    },
    async chooseFile(file) {
      const dialog = page.locator('.quick-input-widget');
      const input = dialog.locator('input').first();
      // Once it lists a folder it writes its own path into the box no more.
      await dialog.locator('.monaco-list-row', { hasText: '..' }).first().waitFor();
      await expect
        .poll(
          async () => {
            if (!(await dialog.isVisible())) return true;
            await input.fill(file);
            await input.press('Enter');
            await dialog.waitFor({ state: 'hidden', timeout: 3000 }).catch(() => undefined);
            return !(await dialog.isVisible());
          },
          { timeout: 30_000 },
        )
        .toBe(true);
    },
    clipboard: () => page.evaluate<string>('navigator.clipboard.readText()'),
    secondWindow,
    close,
  };
  return bench;
}
