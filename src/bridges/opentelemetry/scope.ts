import { textOf } from '../../model.ts';

/** Who records: https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/ */
export interface Scope {
  /** The name of the library or module that records. */
  readonly name: string;
  /** Its version; empty if none was given. */
  readonly version: string;
  /** The URL of the schema that its names follow; empty if none was given. */
  readonly schemaUrl: string;
}

/** The most characters of each text, so that those of an instrument fit into a label value. */
const MOST = 200;

/** Returns a scope of whatever a library has given for one. */
export function scopeOf(name: unknown, version: unknown, options: unknown): Scope {
  let schemaUrl: unknown;
  try {
    ({ schemaUrl } = Object(options) as { schemaUrl?: unknown });
  } catch {} // a getter has thrown
  return { name: shortText(name), version: shortText(version), schemaUrl: shortText(schemaUrl) };
}

/** Returns a text of bounded length; none for `undefined` and `null`. */
export function shortText(value: unknown, most = MOST): string {
  return textOf(value ?? '').slice(0, most);
}
