/** What only the system's package manager brings, where this process may use it. */
import { isExecutable } from './parts.mjs';
import { runQuietly } from './run-quietly.mjs';

/** @param {(string | undefined)[]} packages  What comes from elsewhere is undefined. */
export function installDebianPackages(packages) {
  const wanted = packages.filter(Boolean);
  const hasAptGet = isExecutable('/usr/bin/apt-get');
  if (wanted.length === 0 || process.getuid?.() !== 0 || !hasAptGet) return;
  console.log(`Installing ${wanted.join(', ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The lists may be old and still good enough: a failed update alone is no reason to give up.
  runQuietly('apt-get', ['update', '-qq'], { env });
  const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  runQuietly('apt-get', ['install', ...options, ...wanted], { env });
}
