import { createContextKey } from '@opentelemetry/api';

/** OpenTelemetry sets this around what must not be traced, such as the requests of an exporter. */
export const SUPPRESSED = /* @__PURE__ */ createContextKey(
  'OpenTelemetry SDK Context Key SUPPRESS_TRACING',
);
