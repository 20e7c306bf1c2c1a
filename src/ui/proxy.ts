import * as vscode from 'vscode';
import type { HostProxy } from '../core/api';

/** The proxy of VS Code's own settings. VS Code itself sends all that goes by HTTP there, but nothing else. */
export function proxyOfSettings(): HostProxy | undefined {
  const settings = vscode.workspace.getConfiguration('http');
  const url = settings.get<string>('proxy', '').trim();
  if (url === '' || settings.get<string>('proxySupport') === 'off') return undefined;
  return { url, except: settings.get<readonly string[]>('noProxy', []) };
}
