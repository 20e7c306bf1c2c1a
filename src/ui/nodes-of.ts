import * as vscode from 'vscode';
import type { Endpoint, Model } from '../core/model';
import type { Dataset, Run } from '../core/run';
import { isSourceUri } from '../core/source-uri';
import { isStoreUri } from '../core/store-uri';
import { isActive } from './active';
import type { Node } from './nodes';
import { endpointStatus, mainMetric, metric, moment, seconds, shortMoment, subject } from './words';
import { algorithmTitle, bytes, idleText, plural, rowsText, servedText } from '../words';

const { ThemeIcon, ThemeColor, TreeItem, TreeItemCollapsibleState } = vscode;

function tip(
  title: string,
  facts: readonly (readonly [string, string | undefined])[],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendText(title).appendMarkdown('\n\n');
  for (const [name, value] of facts) {
    if (value === undefined) continue;
    text.appendMarkdown('- ').appendText(`${name}: ${value}`).appendMarkdown('\n');
  }
  return text;
}

function row(label: string, more: Partial<vscode.TreeItem>): vscode.TreeItem {
  return Object.assign(new TreeItem(label, TreeItemCollapsibleState.None), more);
}

export function datasetNode(root: string, dataset: Dataset): Node {
  const rows = `${dataset.estimated === true ? '≈ ' : ''}${plural(dataset.rows, 'row')}`;
  const facts = `${rows}, ${plural(dataset.columns.length, 'column')}`;
  const isTable = isSourceUri(dataset.source.path);
  const isRemote = isStoreUri(dataset.source.path);
  const self = { kind: 'dataset', root, name: dataset.name } as const;
  const item = row(dataset.name, {
    description: facts,
    contextValue: isRemote ? 'dataset.remote' : isTable ? 'dataset.source' : 'dataset',
    iconPath: new ThemeIcon(isRemote ? 'cloud' : isTable ? 'server' : 'table'),
    tooltip: tip(dataset.name, [
      ['Size', `${facts}, ${bytes(dataset.bytes)}`],
      ['File', dataset.source.path],
      ['Added', moment(dataset.added)],
      ['Version', dataset.hash.replace(/^etag:/, '').slice(0, 12)],
      ['Made by run', dataset.run],
    ]),
    accessibilityInformation: { label: `Dataset ${dataset.name}, ${facts}` },
  });
  item.command = { command: 'mll.openData', title: 'Open Data View', arguments: [self] };
  return { ...self, item };
}

const RUN_ICONS = {
  queued: new ThemeIcon('clock'),
  starting: new ThemeIcon('loading~spin'),
  running: new ThemeIcon('loading~spin'),
  completed: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')),
  failed: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
  cancelled: new ThemeIcon('circle-slash'),
} as const;

function runNode(root: string, run: Run, children: readonly Node[]): Node {
  const self = { kind: 'run', root, name: run.id } as const;
  const state = isActive(run) ? 'active' : run.status;
  const known = (run.status === 'completed' ? mainMetric(run) : run.stage) ?? run.status;
  const item = row(subject(run), {
    description: [run.kind, known, shortMoment(run.submitted)].join(' · '),
    contextValue: `run.${state}.${run.kind}${run.place ? '.placed' : ''}`,
    iconPath: RUN_ICONS[run.status],
    tooltip: tip(`${run.kind} ${run.name}: ${run.status}`, [
      ['Main metric', mainMetric(run)],
      ['Stage', isActive(run) ? run.stage : undefined],
      ['Submitted', moment(run.submitted)],
      ['Took', run.started && run.ended ? seconds(run.started, run.ended) : undefined],
      ['Where', run.provider],
      ['Data', run.data && `${run.data.name}, ${rowsText(run.data)}`],
      ['Model', run.model && `${run.model.name}@${run.model.version}`],
      ['Scored model', run.usedModel && `${run.usedModel.name}@${run.usedModel.version}`],
      ['Compared by', children.length === 0 ? undefined : plural(children.length, 'evaluate run')],
      ['Commit', run.commit && `${run.commit.slice(0, 10)}${run.dirty ? ' with uncommitted changes' : ''}`],
      ['Failed', run.error?.message],
      ['Run', run.id],
    ]),
    accessibilityInformation: {
      label: `Run ${subject(run)}, ${run.kind}, ${run.status}, ${known}, ${moment(run.submitted)}`,
    },
  });
  item.command = { command: 'mll.run.open', title: 'Open Run', arguments: [self] };
  if (children.length === 0) return { ...self, item };
  // With the id, VS Code keeps what the person opened and closed.
  Object.assign(item, { id: `${root} ${run.id}`, collapsibleState: TreeItemCollapsibleState.Collapsed });
  return { ...self, item, children };
}

/** Newest first; the runs that scored the models of a retraining stand below its run. */
export function runNodes(root: string, runs: readonly Run[]): Node[] {
  const isPart = (run: Run): boolean => runs.some((one) => one.id === run.partOf);
  return runs
    .filter((run) => !isPart(run))
    .map((run) => {
      const parts = runs.filter((one) => one.partOf === run.id);
      return runNode(
        root,
        run,
        parts.map((one) => runNode(root, one, [])),
      );
    });
}

function versionNode(root: string, model: Model): Node {
  const name = `${model.name}@${model.version}`;
  const self = { kind: 'version', root, name, run: model.run } as const;
  const value = model.metrics[model.mainMetric];
  const algorithm = algorithmTitle(model.algorithm);
  const facts = value === undefined ? algorithm : metric(model.mainMetric, value);
  const item = row(`version ${model.version}`, {
    description: facts,
    contextValue: 'model.version',
    iconPath: new ThemeIcon('package'),
    tooltip: tip(name, [
      ['Algorithm', algorithm],
      ['Task', model.task],
      ['Target', model.target],
      ...Object.entries(model.metrics)
        .slice(0, 12)
        .map(([key, one]) => ['Test', metric(key, one)] as const),
      ['Made', moment(model.created)],
      ['Run', model.run],
    ]),
    accessibilityInformation: { label: `Model ${model.name} version ${model.version}, ${facts}` },
  });
  item.command = { command: 'mll.run.open', title: 'Open Run', arguments: [self] };
  return { ...self, item };
}

/** One row for each name with its versions below, the newest first. */
export function modelNodes(root: string, models: readonly Model[]): Node[] {
  const names = [...new Set(models.map((one) => one.name))];
  return names.map((name) => {
    const versions = models.filter((one) => one.name === name).sort((a, b) => b.version - a.version);
    const [newest] = versions;
    const value = newest?.metrics[newest.mainMetric];
    const facts = `@${newest?.version ?? ''}${newest && value !== undefined ? ` · ${metric(newest.mainMetric, value)}` : ''}`;
    const item = Object.assign(new TreeItem(name, TreeItemCollapsibleState.Collapsed), {
      description: facts,
      contextValue: 'model',
      iconPath: new ThemeIcon('symbol-method'),
      tooltip: tip(name, [
        ['Versions', String(versions.length)],
        ['Target', newest?.target],
        ['Newest', newest && moment(newest.created)],
      ]),
    });
    const children = versions.map((one) => versionNode(root, one));
    return { kind: 'model', root, name, item, children, ...(newest ? { run: newest.run } : {}) };
  });
}

const ENDPOINT_ICONS = {
  creating: new ThemeIcon('loading~spin'),
  updating: new ThemeIcon('loading~spin'),
  ready: new ThemeIcon('pass-filled', new ThemeColor('testing.iconPassed')),
  failed: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
  stopped: new ThemeIcon('debug-stop'),
  removed: new ThemeIcon('circle-slash', new ThemeColor('list.warningForeground')),
} as const;

const IDLE_ICON = new ThemeIcon('warning', new ThemeColor('list.warningForeground'));

export function endpointNode(root: string, endpoint: Endpoint): Node {
  const self = { kind: 'endpoint', root, name: endpoint.name } as const;
  const model = servedText(endpoint);
  const idle = endpoint.idle && idleText(endpoint.idle);
  const status = endpointStatus(endpoint.status);
  const item = row(endpoint.name, {
    description: [model, status, ...(idle === undefined ? [] : [idle])].join(' · '),
    contextValue: `endpoint.${endpoint.status}${endpoint.previous ? '.previous' : ''}${idle === undefined ? '' : '.idle'}`,
    iconPath: idle === undefined ? ENDPOINT_ICONS[endpoint.status] : IDLE_ICON,
    tooltip: tip(`${endpoint.name}: ${status}`, [
      ['Model', model],
      ['Address', endpoint.url],
      ['Where', endpoint.provider === 'local' ? 'this machine' : endpoint.provider],
      ['Before', endpoint.previous && `${endpoint.previous.model}@${endpoint.previous.version}`],
      ['Updated', moment(endpoint.updated)],
      [
        'Idle',
        idle &&
          `${idle}; stop or remove it${endpoint.provider === 'sagemaker' ? ', or deploy the model serverless: that costs only while it answers' : ''}`,
      ],
      [
        'To do',
        endpoint.status === 'removed'
          ? 'remove it from this list, or start it: its model is deployed again then'
          : undefined,
      ],
      [endpoint.status === 'ready' ? 'To mend' : 'Failed', endpoint.error?.message],
    ]),
    accessibilityInformation: {
      label: `Endpoint ${endpoint.name}, ${status}, model ${model}${idle === undefined ? '' : `, ${idle}`}`,
    },
  });
  item.command = { command: 'mll.endpoint.open', title: 'Test Endpoint', arguments: [self] };
  return { ...self, item };
}
