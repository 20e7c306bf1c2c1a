import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { COMMAND_IDS } from '../../src/ui/command-ids';
import { COMMANDS } from '../../src/ui/commands';
import { activated } from './workspace';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly keybindings: readonly { readonly command: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly media: { readonly svg: string }; readonly description: string }[];
    }[];
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
  };
}

async function manifest(): Promise<{ manifest: Manifest; root: string }> {
  const extension = await activated();
  const text = await readFile(path.join(extension.extensionPath, 'package.json'), 'utf8');
  return { manifest: JSON.parse(text) as Manifest, root: extension.extensionPath };
}

describe('what package.json says', () => {
  it('names the commands of the table, and all of them are there', async () => {
    const { contributes } = (await manifest()).manifest;
    const named = contributes.commands.map((one) => one.command).sort();
    assert.deepEqual(named, [...COMMAND_IDS].sort());
    const there = (await vscode.commands.getCommands(true)).filter((one) =>
      (COMMAND_IDS as readonly string[]).includes(one),
    );
    assert.deepEqual(there.sort(), named);
  });

  it('offers in menus, keys and welcome texts only commands that exist', async () => {
    const { contributes } = (await manifest()).manifest;
    const links = [
      ...contributes.viewsWelcome.map((one) => one.contents),
      ...contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.description)),
    ].flatMap((text) => [...text.matchAll(/\(command:([\w.]+)\)/g)].map((found) => found[1] ?? ''));
    const used = [
      ...Object.values(contributes.menus).flatMap((menu) => menu.map((one) => one.command)),
      ...contributes.keybindings.map((one) => one.command),
      ...links,
    ];
    const known = new Set(await vscode.commands.getCommands(true));
    // These belong to the workbench itself, which names only what its extensions add.
    const foreign = ['vscode.openFolder', 'workbench.trust.manage', 'noop'];
    assert.deepEqual(
      used.filter((one) => !known.has(one) && !foreign.includes(one)),
      [],
    );
  });

  it('disables without trust exactly what executes something of the folder', async () => {
    const { contributes } = (await manifest()).manifest;
    const guarded = contributes.commands.filter((one) => one.enablement === 'isWorkspaceTrusted');
    const executing = COMMAND_IDS.filter((id) => COMMANDS[id].safe !== true);
    assert.deepEqual(guarded.map((one) => one.command).sort(), [...executing].sort());
  });

  it('ships the pictures of the walkthrough, without styles, which its page would not apply', async () => {
    const { manifest: found, root } = await manifest();
    const pictures = found.contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.media.svg));
    assert.equal(pictures.length, 6);
    for (const picture of pictures) {
      const text = await readFile(path.join(root, picture), 'utf8');
      assert.match(text, /^<svg /);
      assert.doesNotMatch(text, /style/);
    }
  });
});
