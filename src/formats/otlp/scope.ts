import type { InstrumentationScope } from '../../model.ts';

/** Who says what the metrics say: https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/ */
export const SCOPE: InstrumentationScope = {
  name: 'utilityfog-telemetry',
  /** The version of the package. */
  version: '0.1.0',
  schemaUrl: '',
  attributes: [],
};
