// The entry for the edge. It is built with the edge's place as `#place`: the same names as `index.ts` has,
// and the collector inline.

export { type InstrumentOptions, instrument } from './bridges/instrument.ts';
export * from './index.ts';
export {
  type DurableObjectValues,
  durableObjectStorage,
  type KVValues,
  kvStorage,
} from './storage/cloudflare.ts';
export type { KeyValuePlace } from './storage/key-value-place.ts';
export { keyValueStorage } from './storage/key-value-storage.ts';
