/**
 * Another version of the package, built beside this one. Its checkout gets the bench of today, which
 * therefore imports that version by the name of the package: a folder's own package comes first.
 */
import { execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);
const ROLLUP = fileURLToPath(new URL('node_modules/rollup/dist/bin/rollup', ROOT));

const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

/** @param {URL} folder */
const build = (folder) =>
  execFileSync(process.execPath, [ROLLUP, '-c', '--silent'], { cwd: folder, stdio: 'inherit' });

export const buildThis = () => build(ROOT);

/**
 * Below the repository, so that it finds the same node_modules.
 * @param {string} ref
 * @returns {Promise<{ commit: string, bench: URL, remove: () => void }>}
 * @throws where git knows no such commit, or it cannot be built
 */
export async function checkOut(ref) {
  const commit = git('rev-parse', '--short', '--verify', `${ref}^{commit}`);
  const folder = new URL(`.parts/compare/${commit}/`, ROOT);
  const path = fileURLToPath(folder);
  const remove = () => git('worktree', 'remove', '--force', path);
  // A run that was interrupted may have left this.
  await rm(folder, { recursive: true, force: true });
  git('worktree', 'prune');
  git('worktree', 'add', '--detach', path, commit);
  try {
    build(folder);
    const bench = new URL('bench/', folder);
    await rm(bench, { recursive: true, force: true });
    // Only our own contender is needed, and that needs no peers.
    const filter = (path) => !/\bnode_modules$/.test(path);
    await cp(new URL('bench/', ROOT), bench, { recursive: true, filter });
    return { commit, bench, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
