import { UserError } from './errors';

/** The state of the repository that a run was started from. */
export interface GitState {
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty: boolean;
  /** The uncommitted changes as a patch, then the names of new files; manifests in `.ml` are no change. */
  readonly diff?: string;
}

const DIFF_LIMIT = 5 * 1024 * 1024;

/** What git says of the folder; a folder that is in no repository, or a machine without git, is simply not dirty. */
export async function gitState(root: string, signal?: AbortSignal): Promise<GitState> {
  const { simpleGit } = await import('simple-git');
  try {
    const git = simpleGit({ baseDir: root, ...(signal ? { abort: signal } : {}) });
    if (!(await git.checkIsRepo())) return { dirty: false };
    const status = await git.status(['--untracked-files=all', '--', '.', ':(exclude,glob)**/.ml/**']);
    const branch = status.current !== null && !status.detached ? { branch: status.current } : {};
    const commit = await git.revparse(['--verify', 'HEAD']).then(
      (hash) => ({ commit: hash.trim() }),
      // A repository without a commit yet.
      () => ({}),
    );
    if (status.isClean()) return { ...commit, ...branch, dirty: false };
    const patch =
      'commit' in commit ? await git.diff(['HEAD', '--no-color', '--', '.', ':(exclude,glob)**/.ml/**']) : '';
    const added = status.not_added.map((name) => `# new file, not in git: ${name}\n`).join('');
    const cut = patch.length > DIFF_LIMIT ? `${patch.slice(0, DIFF_LIMIT)}\n# cut after 5 MB\n` : patch;
    return { ...commit, ...branch, dirty: true, diff: cut + added };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { dirty: false };
  }
}

/** Version of the git on this machine; a UserError when there is none. */
export async function gitVersion(): Promise<string> {
  const { simpleGit } = await import('simple-git');
  const found = await simpleGit().version();
  if (found.installed) return `${found.major}.${found.minor}.${found.patch}`;
  throw new UserError('notFound', 'git is not on PATH.', {
    fix: 'Install git: without it, runs do not record the commit they were made from.',
  });
}
