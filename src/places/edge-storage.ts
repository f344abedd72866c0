// What only edge functions load that have somewhere to store.
export { openPersistence } from '../collector/open-persistence.ts';
export { exporting } from '../delivery/export.ts';
