/** Pages load the code of native buckets only if they have a metric that needs it. */
export const nativeCode = () => import('./native-recording.ts');
