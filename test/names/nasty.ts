/** Names that may break an exposition, and metrics of every kind that have them. */
import type { TelemetryCollector } from 'utilityfog-telemetry';

export const NASTY: readonly string[] = [
  ...['http.requests', '1st', 'with space', 'quo"te', '"', 'back\\slash', '\\', '\\n', 'new\nline'],
  ...['x\n# EOF\n', '\n', '\0', 'a\0b', '\r\n', '🚀', 'é', '花火', '\u2028', '\ufeff', '\uffff'],
  ...[
    '__proto__',
    'constructor',
    'toJSON',
    '{}',
    'a{b="c"} 1',
    '# HELP a b',
    'a,b',
    'a=b',
    ' ',
    '.',
  ],
  // This is what stands for another name, which is not there.
  ...['U__x_2e_y', 'x_dot_y', 'U__', '_', 'a:b', 'le', 'quantile', '__name__'],
];

/** Labels must not begin with two underscores, and neither may a state set, which is the name of a label. */
const asLabel = (name: string) => name.replace(/^__/, 'x');
/** The labels of the metrics: one that is constant in the collector, one of their own, and one that varies. */
export const labelsOf = (name: string) => ({
  ofAll: asLabel(`${name}.k`),
  constant: asLabel(`${name}.c`),
  varying: asLabel(`${name}.l`),
});

/** Registers and records metrics of every kind that are called like that, and returns their names. */
export function everyKind(collector: TelemetryCollector, name: string): readonly string[] {
  const { constant, varying } = labelsOf(name);
  const options = { labelNames: [varying], labels: { [constant]: 1 } };
  const value = { [varying]: 'v' };
  collector.registerCounter<string>(name, name, options).increment(1, value);
  collector.registerGauge<string>(`${name}.g`, name, options).set(-1, value);
  const unit = { ...options, unit: 'seconds' };
  collector.registerHistogram<string>(`${name}.h.seconds`, name, unit).observe(1, value);
  const native = { ...options, native: true };
  collector.registerHistogram<string>(`${name}.n`, name, native).observe(1, value);
  collector.registerSummary<string>(`${name}.q`, name, options).observe(1, value);
  collector.registerInfo<string>(`${name}.i_info`, name, options).labels(value);
  const states = asLabel(`${name}.s`);
  collector
    .registerStateSet<string, string>(states, name, { ...options, states: ['x', name] })
    .set(name, value);
  return [name, ...['.g', '.h.seconds', '.n', '.q', '.i_info'].map((end) => name + end), states];
}
