// Pictures of the webviews without VS Code: `node scripts/view.mjs data recipe --theme dark,light --width 360,900`.
// Each view runs against test/webview/fixtures/<view>.ts under the extension's own content security policy; axe-core
// and every console error and policy violation are reported. `--serve` leaves the pages open for a browser.
import { build } from 'esbuild';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startBrowser } from './vscode/browser.mjs';

const root = path.resolve(import.meta.dirname, '..');
const fixtures = path.join(root, 'test/webview/fixtures');
const HELP = `usage: node scripts/view.mjs [VIEW …] [options]
  --state NAME,…    only these states of the fixture (default: all)
  --theme NAME,…    dark, light, hc, hc-light (default: dark)
  --width PX,…      default: 360,900,1400
  --height PX       default: 800
  --zoom PERCENT    200 shows the page at half the width, doubled (default: 100)
  --out FOLDER      where the pictures go (default: .views in the system's temporary folder)
  --full            the whole page, not only what is on the screen
  --serve           serve until interrupted, take no picture`;

const BODY_CLASS = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  hc: 'vscode-high-contrast',
  'hc-light': 'vscode-high-contrast vscode-high-contrast-light',
};
const FONTS = {
  'font-family': 'system-ui, "Ubuntu", "Droid Sans", "DejaVu Sans", sans-serif',
  'font-size': '13px',
  'font-weight': 'normal',
  'editor-font-family': '"DejaVu Sans Mono", monospace',
  'editor-font-size': '14px',
  'editor-font-weight': 'normal',
};

function hasFixture(view) {
  return fs.existsSync(path.join(fixtures, `${view}.ts`));
}

async function bundle(views, outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      views.flatMap((view) => [
        [view, `webview/${view}/main.ts`],
        [`fixture-${view}`, `test/webview/fixtures/${view}.ts`],
      ]),
    ),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    chunkNames: 'chunk-[hash]',
    loader: { '.ttf': 'file' },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

function pageHtml(view, theme) {
  const colours = JSON.parse(fs.readFileSync(path.join(fixtures, 'themes.json'), 'utf8'))[theme];
  const variables = Object.entries({ ...colours, ...FONTS }).map(
    ([name, value]) => `--vscode-${name}:${value}`,
  );
  // The nonce and policy are those of src/ui/webview.ts; VS Code itself writes the variables by script.
  const policy = `default-src 'none'; img-src 'self' data:; font-src 'self'; style-src 'self' 'nonce-N'; script-src 'self' 'nonce-N'`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta property="csp-nonce" content="N">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${view}</title>
<style nonce="N">:root{${variables.join(';')}} body{background-color:var(--vscode-editor-background);padding:0 20px}</style>
<link rel="stylesheet" href="/${view}.css">
<script type="module" nonce="N" src="/fixture-${view}.js"></script><script type="module" nonce="N" src="/${view}.js"></script>
</head><body class="${BODY_CLASS[theme]}" data-vscode-theme-kind="${BODY_CLASS[theme]}"><main id="app" data-view="${view}"></main></body></html>`;
}

function serve(folder) {
  const types = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = path.join(folder, path.basename(url.pathname));
    const theme = url.searchParams.get('theme') ?? 'dark';
    const extension = path.extname(file);
    if (extension === '' && BODY_CLASS[theme]) {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(pageHtml(path.basename(url.pathname), theme));
    } else if (fs.existsSync(file) && types[extension]) {
      response.setHeader('content-type', types[extension]);
      response.end(fs.readFileSync(file));
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function act(page, [verb, target, text]) {
  if (verb === 'click') await page.locator(target).first().click({ timeout: 5000 });
  else if (verb === 'press') await page.keyboard.press(target);
  else if (verb === 'hover') await page.locator(target).first().hover({ timeout: 5000 });
  else if (verb === 'wait') await page.waitForSelector(target, { timeout: 10_000 });
  else if (verb === 'pause') await page.waitForTimeout(target);
  else if (verb === 'fill') {
    // The toolkit's fields hold their input in a shadow root; Playwright's selectors go through it.
    await page.locator(target).first().fill(text, { timeout: 5000 });
  }
}

async function picture(page, address, { file, full, axe }) {
  const faults = [];
  const onConsole = (message) => {
    if (message.type() === 'error' && !/404|favicon/.test(message.text()))
      faults.push(`console: ${message.text()}`);
  };
  const onError = (error) => faults.push(`error: ${error.stack ?? error.message}`);
  page.on('console', onConsole);
  page.on('pageerror', onError);
  try {
    await page.goto(address);
    await page.waitForFunction(() => document.getElementById('app')?.childElementCount > 0, undefined, {
      timeout: 10_000,
    });
    await page.waitForTimeout(350);
    for (const action of await page.evaluate(() => window.fixture?.actions ?? [])) {
      try {
        await act(page, action);
      } catch (error) {
        faults.push(`action ${JSON.stringify(action)}: ${String(error.message).split('\n')[0]}`);
      }
    }
    await page.waitForTimeout(250);
    await page.screenshot({ path: file, fullPage: full });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() =>
      window.axe.run(document, {
        rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } },
      }),
    );
    for (const one of violations) {
      const nodes = one.nodes
        .slice(0, 3)
        .map((node) => `${node.target.join(' ')} ${node.html.slice(0, 140)}`);
      faults.push(`axe ${one.impact} ${one.id}: ${one.help}\n      ${nodes.join('\n      ')}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 1) faults.push(`the page is ${wide} px wider than the window`);
  } catch (error) {
    faults.push(`failed: ${error.message}`);
  } finally {
    page.off('console', onConsole);
    page.off('pageerror', onError);
  }
  return faults;
}

export default async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      theme: { type: 'string', default: 'dark' },
      width: { type: 'string', default: '360,900,1400' },
      height: { type: 'string', default: '800' },
      zoom: { type: 'string', default: '100' },
      out: { type: 'string' },
      full: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const os = await import('node:os');
  const out = path.resolve(values.out ?? path.join(os.tmpdir(), '.views'));
  const all = fs.readdirSync(path.join(root, 'webview')).filter(hasFixture);
  const views = positionals.length > 0 ? positionals : all;
  const lacking = views.find((view) => !hasFixture(view));
  if (lacking) throw new Error(`There is no test/webview/fixtures/${lacking}.ts.`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-view-'));
  fs.mkdirSync(out, { recursive: true });
  await bundle(views, folder);
  const server = await serve(folder);
  const origin = `http://127.0.0.1:${server.address().port}`;
  if (values.serve) {
    for (const view of views) console.log(`${origin}/${view}?theme=dark`);
    return undefined;
  }
  const browser = await startBrowser();
  const axe = fs.readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
  const zoom = Number(values.zoom) / 100;
  let faulty = 0;
  try {
    for (const view of views) {
      const probe = await browser.newPage();
      await probe.goto(`${origin}/${view}`);
      await probe.waitForFunction(() => window.fixture !== undefined);
      const states = await probe.evaluate(() => window.fixture.states);
      await probe.close();
      for (const state of values.state ? values.state.split(',') : states) {
        for (const theme of values.theme.split(',')) {
          for (const width of values.width.split(',').map(Number)) {
            const page = await browser.newPage({
              viewport: { width: Math.round(width / zoom), height: Math.round(Number(values.height) / zoom) },
              deviceScaleFactor: zoom,
            });
            const name = `${view}-${state}-${theme}-${width}${zoom === 1 ? '' : `-${values.zoom}`}.png`;
            const file = path.join(out, name);
            const faults = await picture(page, `${origin}/${view}?theme=${theme}&state=${state}`, {
              file,
              full: values.full,
              axe,
            });
            await page.close();
            if (faults.length > 0) faulty++;
            console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${file}`);
            for (const fault of faults) console.log(`    ${fault}`);
          }
        }
      }
    }
  } finally {
    await browser.close();
    server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return faulty === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = (await main(process.argv.slice(2))) ?? undefined;
