/** The features of the package. They are modules, also where the package itself is a classic script. */
export * from '/package/alerting.js';
export * from '/package/history.js';
export * from '/package/promql.js';
