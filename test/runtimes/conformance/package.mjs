/** Everything that a case may use of the package: the entry, and the features that come with it. */
export * as api from '@opentelemetry/api';
export * from 'utilityfog-telemetry';
export * from 'utilityfog-telemetry/alerting';
export * from 'utilityfog-telemetry/analytics';
export * from 'utilityfog-telemetry/history';
export * from 'utilityfog-telemetry/opentelemetry';
export * from 'utilityfog-telemetry/promql';
