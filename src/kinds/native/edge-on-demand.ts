/** Edge functions load the code of native buckets, and what reads them, only if they have such a metric. */
export const nativeCode = () => import('./edge-code.ts');
