import { recording } from './native-recording.ts';

/** Where code need not be small, that of native buckets is part of the entry. */
export const nativeCode = () => ({ recording });
