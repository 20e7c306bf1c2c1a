import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { isCloudScheme } from '../../core/store-uri';
import type { ChartGiven } from '../../protocol';
import { activeFile, chooseData, isTable, rootOf } from '../choose';
import type { CommandContext } from '../command-context';
import { isNode } from '../nodes';
import { openPanel } from '../panels';
import { addressOf } from '../store-uris';

const CHART_FILE = /\.chart\.ya?ml$/i;

/** The chart view of a table (of what the data view shows of it), or of a chart file. */
export async function openChart(context: CommandContext, asked: unknown, given: unknown): Promise<void> {
  const key = { view: 'chart', ...(isGiven(given) ? { given: JSON.stringify(given) } : {}) } as const;
  if (isNode(asked)) {
    openPanel(context, { ...key, root: asked.root, name: asked.name });
    return;
  }
  const uri = asked instanceof vscode.Uri ? asked : activeFile();
  if (uri && (isTable(uri) || CHART_FILE.test(uri.path))) {
    const name = isCloudScheme(uri.scheme) ? addressOf(uri) : uri.fsPath;
    openPanel(context, { ...key, root: rootOf(context, uri), name });
    return;
  }
  if (uri && asked !== undefined) {
    throw new UserError('unsupported', `${uri.path} is no table and no chart file.`, {
      fix: 'Choose a table file or a file that ends in .chart.yaml.',
    });
  }
  const chosen = await chooseData(context, undefined, 'Chart of This Data');
  if (chosen) openPanel(context, { ...key, root: chosen.root, name: chosen.name });
}

function isGiven(given: unknown): given is ChartGiven {
  return typeof given === 'object' && given !== null && ('filter' in given || 'column' in given);
}
