/** The few assertions that the cases need. Their messages alone must show what is wrong. */

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Checks that two values are equal as data. Keys may be in any order; `undefined` counts as absent. */
export function equal(actual, expected, what) {
  const [is, should] = [canonical(actual), canonical(expected)];
  if (is !== should) throw new Error(`${what} is\n${is}\ninstead of\n${should}`);
}

function canonical(value) {
  if (typeof value === 'string') return value;
  const sorted = (_, part) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return String(JSON.stringify(value, sorted, 2));
}

/** Resolves to the error that `work` rejects with. */
export async function rejection(work, what) {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error(`${what} did not reject`);
}

/** Returns an exposition without the label that tells the isolates of an edge function apart. */
function plain(exposition) {
  return exposition.replace(/service_instance_id="[0-9a-f]{32}",?/g, '').replaceAll('{}', '');
}

/** Returns a series of a snapshot without that label, and with times that do not differ from run to run. */
export function plainSeries({ labels, created, ...rest }) {
  const { service_instance_id, ...own } = labels;
  const isRecent = Math.abs(created - Date.now() / 1000) < 60;
  return { ...rest, ...(isRecent && { created: 'recently' }), labels: own, timestamp: 0 };
}

/** Returns the lines of an exposition that are the application's own. */
export function ownLines(exposition) {
  return plain(exposition)
    .split('\n')
    .filter((line) => line && !line.includes('telemetry_'));
}

/** Returns the value of the sample that is written exactly as `series`, or `undefined`. */
export function sample(exposition, series) {
  const line = plain(exposition)
    .split('\n')
    .find((text) => text.startsWith(`${series} `));
  return line && Number(line.slice(series.length + 1).replace('Inf', 'Infinity'));
}

/** Returns how often something failed or was refused for `reason`. */
export function errorsFor(exposition, reason) {
  return sample(exposition, `telemetry_errors_total{reason="${reason}"}`) ?? 0;
}

/** Returns every sample of errors that is not 0. */
export function errorLines(exposition) {
  const lines = plain(exposition).split('\n');
  return lines.filter((line) => /^telemetry_errors_total\{.*\} (?!0$)/.test(line));
}
