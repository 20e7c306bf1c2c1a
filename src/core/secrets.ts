import * as fs from 'node:fs/promises';
import type { SecretFound } from './estimate';
import { fileError } from './files';

/** Bytes of a file that are looked through; a secret stands in code and settings, not in the middle of a large table. */
const LOOKED_AT = 1024 * 1024;

/** Looks for secrets (keys, tokens, passwords in URLs) in files that are to be sent. Binary files hold none that could be told. */
export async function findSecrets(
  files: readonly { readonly file: string; readonly name: string }[],
  signal?: AbortSignal,
): Promise<readonly SecretFound[]> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ]);
  const found: SecretFound[] = [];
  for (const { file, name } of files) {
    signal?.throwIfAborted();
    const content = await beginning(file);
    if (content === undefined) continue;
    const { messages } = await lintSource({
      source: { content, filePath: name, ext: '', contentType: 'text' },
      options: {
        maskSecrets: true,
        noPhysicFilePath: true,
        config: {
          rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
        },
      },
    });
    for (const message of messages) {
      found.push({ file: name, line: message.loc.start.line, what: kindOf(message.ruleId) });
    }
  }
  return found;
}

/** `@secretlint/secretlint-rule-aws` → "aws credential". */
const kindOf = (rule: string): string =>
  `${rule.replace(/^.*secretlint-rule-/, '').replaceAll('-', ' ')} credential`;

async function beginning(file: string): Promise<string | undefined> {
  try {
    const handle = await fs.open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
      const bytes = buffer.subarray(0, bytesRead);
      return bytes.includes(0) ? undefined : bytes.toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
}
