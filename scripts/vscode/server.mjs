// A real VS Code (server and web workbench) from npm packages alone: nothing is compiled and no install script runs.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buildOnce, cacheFolder, npm, run } from '../lib/cache.mjs';

const CODE_SERVER = '4.139.1';

// Native or unneeded dependencies of the server; it runs without them.
const DROPPED = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/sandbox-runtime',
  '@vscode/copilot-api',
  '@vscode/sqlite3',
  '@vscode/fs-copyfile',
  '@vscode/native-watchdog',
  '@vscode/spdlog',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'ssh2',
  'kerberos',
  'node-addon-api',
];
const DROPPED_EXTENSIONS = [
  'copilot',
  'mermaid-markdown-features',
  'microsoft-authentication',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'ms-vscode.vscode-js-profile-table',
  'tunnel-forwarding',
];

// Stands in for the native logger: writes the same files. One `exports.x =` per name, because an ES module imports it.
const LOGGER = `
const fs = require('node:fs'); const path = require('node:path');
class Logger {
  constructor(file) { this.file = file; this.level = 2; }
  write(word, level, text) {
    if (level < this.level) return;
    try { fs.appendFileSync(this.file, new Date().toISOString() + ' [' + word + '] ' + text + '\\n'); } catch {}
  }
  trace(t) { this.write('trace', 0, t); } debug(t) { this.write('debug', 1, t); } info(t) { this.write('info', 2, t); }
  warn(t) { this.write('warning', 3, t); } error(t) { this.write('error', 4, t); } critical(t) { this.write('critical', 5, t); }
  getLevel() { return this.level; } setLevel(level) { this.level = level; } clearFormatters() {} setPattern() {} flush() {} drop() {}
}
const make = async (name, file) => { await fs.promises.mkdir(path.dirname(file), { recursive: true }); return new Logger(file); };
exports.version = 0; exports.setLevel = () => {}; exports.setFlushOn = () => {}; exports.Logger = Logger;
exports.createRotatingLogger = make; exports.createAsyncRotatingLogger = make;
`;
// The extension host ends when its server is gone.
const WATCHDOG = `exports.start = (pid) => setInterval(() => { try { process.kill(pid, 0); } catch { process.exit(87); } }, 3000).unref();`;

function standIn(vscode, name, code) {
  const folder = path.join(vscode, 'node_modules', name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name, version: '0.0.0', main: 'index.js' }),
  );
  fs.writeFileSync(path.join(folder, 'index.js'), code);
}

/** Folder of the server's program, made on first use (about 15 s). */
export function serverFolder() {
  const folder = path.join(cacheFolder(), `vscode-web-${CODE_SERVER}`);
  return buildOnce(folder, (fresh) => {
    console.log(`Making a VS Code server (code-server ${CODE_SERVER} from npm), once…`);
    const packed = npm(['pack', `code-server@${CODE_SERVER}`, '--ignore-scripts', '--loglevel=error'], {
      cwd: fresh,
    })
      .trim()
      .split('\n')
      .pop();
    run('tar', ['xzf', packed, 'package/lib/vscode', 'package/LICENSE', 'package/ThirdPartyNotices.txt'], {
      cwd: fresh,
    });
    fs.rmSync(path.join(fresh, packed));
    const vscode = path.join(fresh, 'vscode');
    fs.renameSync(path.join(fresh, 'package/lib/vscode'), vscode);
    const file = path.join(vscode, 'package.json');
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
    for (const name of DROPPED) {
      delete manifest.dependencies[name];
      delete manifest.overrides?.[name];
    }
    for (const name of Object.keys(manifest.overrides ?? {})) {
      if (/^(kerberos|koffi)/.test(name)) delete manifest.overrides[name];
    }
    delete manifest.allowScripts;
    fs.writeFileSync(file, JSON.stringify(manifest, null, 1));
    for (const name of DROPPED_EXTENSIONS)
      fs.rmSync(path.join(vscode, 'extensions', name), { recursive: true, force: true });
    npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: vscode,
    });
    standIn(vscode, '@vscode/spdlog', LOGGER);
    standIn(vscode, '@vscode/native-watchdog', WATCHDOG);
    const ripgrep = path.join(vscode, 'node_modules/@vscode/ripgrep-universal/bin');
    for (const name of fs.existsSync(ripgrep) ? fs.readdirSync(ripgrep) : []) {
      if (name !== `${process.platform}-${process.arch}`)
        fs.rmSync(path.join(ripgrep, name), { recursive: true });
    }
  });
}

export function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * Starts a server on 127.0.0.1 and a free port. `token` (for a person) goes by file, never by argument; `trust: false`
 * turns workspace trust off as tests want it; `extensionsFolder` holds installed extensions.
 */
export async function startServer({
  settings = {},
  token,
  tests = true,
  trust = !tests,
  extensionsFolder,
  env = {},
  dataFolder,
} = {}) {
  const program = path.join(serverFolder(), 'vscode/out/server-main.js');
  const folder = dataFolder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'mll-vscode-'));
  const port = await freePort();
  const settingsFile = path.join(folder, 'data/Machine/settings.json');
  fs.mkdirSync(path.dirname(settingsFile), { recursive: true });
  fs.writeFileSync(settingsFile, JSON.stringify({ ...SETTINGS, ...settings }));
  const args = [
    program,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
  ];
  args.push('--server-data-dir', folder);
  if (tests) args.push('--enable-smoke-test-driver', '--force-disable-user-env');
  if (!trust) args.push('--disable-workspace-trust');
  if (extensionsFolder) args.push('--extensions-dir', extensionsFolder);
  if (token) {
    const file = path.join(folder, 'token');
    fs.writeFileSync(file, token, { mode: 0o600 });
    args.push('--connection-token-file', file);
  } else args.push('--without-connection-token');
  const temporary = path.join(folder, 'tmp');
  fs.mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, ...env },
  });
  let said = '';
  await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The VS Code server did not start in 60 s.\n${said}`)),
      60_000,
    );
    const hear = (data) => {
      said = `${said}${data}`.slice(-100_000);
      if (!said.includes('Extension host agent started')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`The VS Code server ended with ${code}.\n${said}`)));
  });
  const authority = `127.0.0.1:${port}`;
  return {
    authority,
    folder,
    settingsFile,
    pid: child.pid,
    log: () => said,
    set(changed) {
      const now = JSON.parse(fs.readFileSync(settingsFile, 'utf8'));
      fs.writeFileSync(settingsFile, JSON.stringify({ ...now, ...changed }));
    },
    url({ workspace, developed = [], tests: suite } = {}) {
      const payload = developed.map((one) => [
        'extensionDevelopmentPath',
        `vscode-remote://${authority}${one}`,
      ]);
      if (suite) payload.push(['extensionTestsPath', `vscode-remote://${authority}${suite}`]);
      const query = new URLSearchParams();
      if (token) query.set('tkn', token);
      if (workspace) query.set('folder', workspace);
      if (payload.length > 0) query.set('payload', JSON.stringify(payload));
      return `http://${authority}/?${query}`;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        const late = setTimeout(() => child.kill('SIGKILL'), 5000);
        await gone;
        clearTimeout(late);
      }
      if (!dataFolder) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
