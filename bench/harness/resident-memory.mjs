/**
 * Tells how much memory the whole process has, and the most that it has had since a moment, in bytes. NaN
 * if the system does not say.
 */

/** A page has no such figures. */
const fs = globalThis.process && (await import('node:fs'));

/** @param {string} name */
function fromStatus(name) {
  try {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
      fs.readFileSync('/proc/self/status', 'latin1'),
    );
    return Number(kib) * 1024;
  } catch {
    return Number.NaN;
  }
}

export const residentMemory = () => fromStatus('VmRSS');

/** Returns the most memory since `resetPeak`. */
export const residentPeak = () => fromStatus('VmHWM');

export function resetPeak() {
  try {
    fs.writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Then the peak is that of the whole life of the process: it may be too high, but never too low.
  }
}
