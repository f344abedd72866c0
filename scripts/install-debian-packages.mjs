/** Installs what only the system's package manager has, if this process may use it. */
import { isExecutable } from './parts.mjs';
import { runQuietly } from './run-quietly.mjs';

/** @param {(string | undefined)[]} packages  Those that are undefined are left out. */
export function installDebianPackages(packages) {
  const wanted = packages.filter(Boolean);
  const hasAptGet = isExecutable('/usr/bin/apt-get');
  if (wanted.length === 0 || process.getuid?.() !== 0 || !hasAptGet) return;
  console.log(`Installing ${wanted.join(', ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // If the update fails, the old lists may still be good enough, so this goes on.
  runQuietly('apt-get', ['update', '-qq'], { env });
  const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  runQuietly('apt-get', ['install', ...options, ...wanted], { env });
}
