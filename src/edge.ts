// Built with the edge runtime in the place of `#runtime`: the same names, the collector inline.
export * from './index.ts';
export { type InstrumentOptions, instrument } from './instrument.ts';
export {
  type DurableObjectValues,
  durableObjectStorage,
  type KVValues,
  kvStorage,
} from './storage/cloudflare.ts';
export { type KeyValuePlace, keyValueStorage } from './storage/key-value.ts';
