/** Describes where and with what a run took place. */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** @param {string} name */
function packageFolder(name) {
  const entry = new URL(import.meta.resolve(name));
  for (let folder = new URL('.', entry); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === name) return file;
    if (folder.pathname === '/')
      throw new Error(`${name} is not installed: node scripts/install-parts.mjs peers`);
  }
}

/** @param {string} name */
export const packageVersion = (name) =>
  JSON.parse(readFileSync(packageFolder(name), 'utf8')).version;

/** Whether the package can be imported. This one cannot until it has been built. */
export function isBuilt(name) {
  try {
    return existsSync(new URL(import.meta.resolve(name)));
  } catch {
    return false; // there is no such package at all
  }
}

/**
 * @param {{ package: string }[]} contenders
 * @param {string} runtime
 */
export function describeMachine(contenders, runtime) {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString(),
    runtime,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    processor: `${cpus[0]?.model.trim() ?? 'unknown'}, ${cpus.length} cores`,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    loadAverage: os.loadavg().map((load) => Math.round(load * 100) / 100),
    versions: Object.fromEntries(contenders.map((c) => [c.package, packageVersion(c.package)])),
  };
}

/** @param {ReturnType<typeof describeMachine>} machine */
export function machineLines({ processor, memoryGiB, system, loadAverage, versions }) {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${processor}, ${memoryGiB} GiB, ${system}; load average ${loadAverage.join(', ')}`,
    packages.join(', '),
  ];
}
