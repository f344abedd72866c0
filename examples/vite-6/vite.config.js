/** Vite up to 7 bundles dependencies for its dev server, and does not copy the file of a worker. */
export default { optimizeDeps: { exclude: ['utilityfog-telemetry'] } };
