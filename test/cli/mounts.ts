import { execFileSync } from 'node:child_process';

/** How a process gets a mount of its own here; undefined where the system allows that to nobody, or has none such. */
export function ownMounts(): readonly string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  // Root needs no user namespace, which a container may be without.
  for (const how of [['-m'], ['-Urm']]) {
    try {
      execFileSync('unshare', [...how, 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt'], {
        stdio: 'ignore',
      });
      return how;
    } catch {
      // The other way, then.
    }
  }
  return undefined;
}
