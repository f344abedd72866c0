/** The features of the package. They are modules, also where the package itself is a classic script. */
export * as api from '@opentelemetry/api';
export * from '/package/alerting.js';
export * from '/package/analytics.js';
export * from '/package/history.js';
export * from '/package/opentelemetry.js';
export * from '/package/promql.js';
