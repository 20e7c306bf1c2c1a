// The browser that shows VS Code's workbench in tests and pictures.
import fs from 'node:fs';
import { aptInstall, onPath } from '../lib/cache.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const DESKTOP = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Path of a Chromium: $CHROMIUM, an installed one, apt's where we are root, else the one inside an npm package. */
export async function browserPath() {
  const installed = [process.env.CHROMIUM, ...DESKTOP].find((file) => file && fs.existsSync(file));
  if (installed) return installed;
  if (aptInstall('chromium')) return onPath('chromium');
  const { default: packed } = await import('@sparticuz/chromium');
  return packed.executablePath();
}

export async function startBrowser(options = {}) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: await browserPath(), args: FLAGS, ...options });
}
