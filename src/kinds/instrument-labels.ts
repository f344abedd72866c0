/**
 * The label names of families that instruments of OpenTelemetry record. Their attributes may be any, and have types, so
 * each of these labels has a text of JSON: `[name, unit, description, flags, scope name, scope version, schema URL,
 * attributes of the scope]`, and the attributes. Attributes are a list of keys and values in turn. Snapshots have other
 * labels instead, which are made of both.
 */
export const INSTRUMENT_LABELS: readonly string[] = ['otel_instrument', 'otel_attributes'];
/** The flags in the text of an instrument, to be added up. */
export const INSTRUMENT_FLAGS = { integer: 1, sum: 2, resource: 4 } as const;
