/**
 * Installs what tests, checks and the benchmark run against and the package.json at the root does not name.
 *
 *   node scripts/install-parts.mjs                  all that `npm test` needs; its `pretest` is this
 *   node scripts/install-parts.mjs checks valgrind  some: the names in scripts/parts.mjs
 *
 * What lock files pin comes through npm, unless it is there already. What Debian has is installed if this
 * process may do so. Tests that need something which is still missing are skipped, and say so. In CI it is an
 * error: a check that silently does not run is worse than one that fails.
 */
import { installDebianPackages } from './install-debian-packages.mjs';
import { installPackages } from './install-packages.mjs';
import { findPart, howToInstall, PACKAGES, PARTS } from './parts.mjs';

const FOR_TESTS = [
  ...['test', 'runtimes', 'bundlers', 'otlp', 'pm2', 'promClient', 'site'],
  ...Object.keys(PARTS).filter((name) => name !== 'valgrind'),
];

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : FOR_TESTS;
const unknown = names.filter((name) => !(name in PACKAGES) && !(name in PARTS));
if (unknown.length > 0) {
  const known = [...Object.keys(PACKAGES), ...Object.keys(PARTS)].join(', ');
  console.error(`unknown: ${unknown.join(', ')}. Name some of: ${known}.`);
  process.exit(2);
}

const missing = () => names.filter((name) => name in PARTS && !findPart(name));
const folders = names.map((name) => (name in PACKAGES ? name : PARTS[name].packages));
const failed = [...new Set(folders)].filter((name) => name && !installPackages(name));
installDebianPackages([...new Set(missing().map((name) => PARTS[name].debianPackage))]);

const still = missing();
for (const name of still) console.warn(howToInstall(name));
if (still.length > 0 && process.env.CI !== 'true') {
  console.warn('The tests that need it are skipped.');
}
if (failed.length > 0 || (still.length > 0 && process.env.CI === 'true')) process.exitCode = 1;
