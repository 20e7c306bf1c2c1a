#!/usr/bin/env node
// @vscode/test-electron's `vscodeExecutablePath` where no desktop VS Code is: takes its flags, runs the suite in the
// server build with a headless browser, and exits with the suite's code.
import path from 'node:path';
import { startBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

const args = process.argv.slice(2);
const values = (flag) =>
  args.filter((one) => one.startsWith(`--${flag}=`)).map((one) => path.resolve(one.slice(flag.length + 3)));
const workspace = path.resolve(args.find((one) => !one.startsWith('-')) ?? '.');
const limit = Number(process.env.MLL_HOST_TIMEOUT ?? 240_000);

const server = await startServer();
const browser = await startBrowser();
let code;
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const tail = [];
  let printed = 0;
  let end;
  const ended = new Promise((resolve) => (end = resolve));
  await page.exposeFunction('codeAutomationExit', (result) => end(result));
  await page.exposeFunction('codeAutomationLog', (kind, words) => {
    const text = words.map(String).join(' ');
    tail.push(text.slice(0, 400));
    if (tail.length > 80) tail.shift();
    if (text.startsWith('[suite] ')) {
      printed += 1;
      console.log(text.slice(8));
    } else if (process.env.MLL_VERBOSE) console.log(kind, text);
  });
  const [suite] = values('extensionTestsPath');
  await page.goto(server.url({ workspace, developed: values('extensionDevelopmentPath'), tests: suite }));
  const timer = setTimeout(() => {
    console.error(`The suite gave no result in ${limit / 1000} s.\n${server.log().slice(-2000)}`);
    end(1);
  }, limit);
  code = await ended;
  clearTimeout(timer);
  if (code && printed === 0) console.error(tail.join('\n'));
} finally {
  await browser.close();
  await server.stop();
}
process.exit(code);
