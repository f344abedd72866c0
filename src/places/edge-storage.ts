// What only edge functions load that have somewhere to keep records.
export { openPersistence } from '../collector/open-persistence.ts';
