import { strict as assert } from 'node:assert';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { isStoreNode, type StoreNode } from '../../src/ui/store-view';
import { activated, inWorkspace, makeProject } from './workspace';

type TreeOptions = vscode.TreeViewOptions<StoreNode>;
type Replaced = Partial<Record<keyof typeof vscode.window, unknown>>;

/** The Stores view as the extension makes it; a person's mouse and dialogs are what these tests stand in for. */
let tree: TreeOptions | undefined;
const { createTreeView } = vscode.window;
Object.assign(vscode.window, {
  createTreeView: (id: string, options: TreeOptions) => {
    if (id === 'mll.stores') tree = options;
    return createTreeView(id, options);
  },
});

/** Runs `work` while these answer in place of dialogs. */
async function answered(replaced: Replaced, work: () => Promise<unknown>): Promise<void> {
  const kept = Object.fromEntries(
    Object.keys(replaced).map((name) => [name, vscode.window[name as keyof typeof vscode.window]]),
  );
  Object.assign(vscode.window, replaced);
  try {
    await work();
  } finally {
    Object.assign(vscode.window, kept);
  }
}

const BUCKET = 'host-bucket';
const node = (kind: StoreNode['kind'], key: string): StoreNode => ({
  kind,
  root: inWorkspace(),
  name: path.posix.basename(key) || BUCKET,
  uri: `s3://${BUCKET}/${key}`,
  item: new vscode.TreeItem(key),
});

describe('the Stores view', () => {
  let s3: S3Client;
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  const keys = async (): Promise<(string | undefined)[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents ?? []).map((one) => one.Key);
  const out = (...parts: string[]): string => inWorkspace('downloaded', ...parts);

  before(async () => {
    s3 = new S3Client({ forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const Status = 'Enabled' as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status } }));
    await makeProject();
    await activated();
    await mkdir(out(), { recursive: true });
    await mkdir(inWorkspace('dropped', 'sub'), { recursive: true });
    await writeFile(inWorkspace('dropped', 'a.csv'), 'a\n1\n');
    await writeFile(inWorkspace('dropped', 'sub', 'b.csv'), 'b\n2\n');
    await writeFile(inWorkspace('dropped', 'left.log'), 'x\n');
    await writeFile(inWorkspace('dropped', '.mlignore'), '*.log\n');
  });
  after(() => {
    Object.assign(vscode.window, { createTreeView });
    s3.destroy();
  });

  it('takes what is dropped on a folder, after it was shown what would leave', async () => {
    const shown: string[] = [];
    const drop = new vscode.DataTransfer();
    const uri = vscode.Uri.file(inWorkspace('dropped')).toString();
    drop.set('text/uri-list', new vscode.DataTransferItem(`${uri}\r\n`));
    const controller = tree?.dragAndDropController;
    assert.ok(controller);
    const token = new vscode.CancellationTokenSource().token;
    const dropping = (answer: string | undefined) =>
      answered(
        {
          showInformationMessage: (text: string, { detail }: vscode.MessageOptions) => {
            shown.push(text, detail ?? '');
            return Promise.resolve(answer);
          },
        },
        () => Promise.resolve(controller.handleDrop?.(node('prefix', 'in/'), drop, token)),
      );
    await dropping(undefined);
    assert.deepEqual(await keys(), []);
    await dropping('Upload');
    assert.deepEqual(await keys(), ['in/dropped/.mlignore', 'in/dropped/a.csv', 'in/dropped/sub/b.csv']);
    assert.equal(shown[0], 'Upload 3 files (14 B) to s3://host-bucket/in/?');
    assert.match(shown[1] ?? '', /Left out by \.gitignore or \.mlignore: .*left\.log/);
  });

  it('downloads a folder', async () => {
    await answered({ showOpenDialog: () => Promise.resolve([vscode.Uri.file(out())]) }, () =>
      Promise.resolve(vscode.commands.executeCommand('mll.store.download', node('prefix', 'in/dropped/'))),
    );
    assert.equal(await readFile(out('dropped', 'a.csv'), 'utf8'), 'a\n1\n');
    assert.equal(await readFile(out('dropped', 'sub', 'b.csv'), 'utf8'), 'b\n2\n');
  });

  it('lists the versions of an object, and brings an older one', async () => {
    await put('in/dropped/a.csv', 'a\n1\n2\n');
    let listed: (string | undefined)[] = [];
    await answered(
      {
        showQuickPick: (items: readonly vscode.QuickPickItem[]) => {
          listed = items.map((one) => one.description);
          return Promise.resolve(items[1]);
        },
        showSaveDialog: () => Promise.resolve(vscode.Uri.file(out('old.csv'))),
      },
      () =>
        Promise.resolve(
          vscode.commands.executeCommand('mll.store.versions', node('object', 'in/dropped/a.csv')),
        ),
    );
    assert.deepEqual(listed, ['6 B · latest', '4 B']);
    assert.equal(await readFile(out('old.csv'), 'utf8'), 'a\n1\n');
  });

  it('shows what begins with a text', async () => {
    await put('2024/01/x.csv', 'x\n');
    await put('2024/02/x.csv', 'x\n');
    await put('2025/01/x.csv', 'x\n');
    const bucket = node('bucket', '');
    const shown = async (): Promise<string[]> => {
      const children = (await tree?.treeDataProvider.getChildren(bucket)) ?? [];
      return children.filter((one) => isStoreNode(one) && one.kind !== 'note').map((one) => one.uri);
    };
    const search = (text: string) =>
      answered({ showInputBox: () => Promise.resolve(text) }, () =>
        Promise.resolve(vscode.commands.executeCommand('mll.store.search', bucket)),
      );
    assert.deepEqual(
      await shown(),
      ['2024/', '2025/', 'in/'].map((key) => `s3://host-bucket/${key}`),
    );
    await search('2024/0');
    assert.deepEqual(
      await shown(),
      ['2024/01/', '2024/02/'].map((key) => `s3://host-bucket/${key}`),
    );
    await vscode.commands.executeCommand('mll.store.clearSearch', bucket);
    assert.equal((await shown()).length, 3);
  });
});
