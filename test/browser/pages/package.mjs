/** The same as conformance/package.mjs, where nothing maps the names of packages. */
export * from '/package/index.js';
export * from './features.mjs';
