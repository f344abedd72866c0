import { check, withMethods } from '../options.ts';
import { keyValueStorage } from './key-value-storage.ts';
import type { OwnStorage } from './storage.ts';

/** The methods of a Durable Object's `state.storage` that are used. */
export interface DurableObjectValues {
  /** Resolves to a value; `undefined` if there is none. */
  get(key: string): Promise<unknown>;
  /** Stores a value. */
  put(key: string, value: Uint8Array): Promise<void>;
  /** Deletes a value. Resolves to whether there was one. */
  delete(key: string): Promise<boolean>;
  /** Resolves to all values whose keys have a prefix. */
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

/** The methods of a KV namespace that are used. */
export interface KVValues {
  /** Resolves to a value; `null` if there is none. */
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
  /** Stores a value. */
  put(key: string, value: Uint8Array): Promise<void>;
  /** Deletes a value. */
  delete(key: string): Promise<void>;
  /** Resolves to some of the keys that have a prefix, and to where the next ones begin. */
  list(options: { prefix: string; cursor?: string }): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: boolean;
    readonly cursor?: string | undefined;
  }>;
}

const VALUES = withMethods('get', 'put', 'delete', 'list');

/** One storage for each object: two would take each other's owners for gone. */
const objects = new WeakMap<object, OwnStorage>();

/**
 * Keeps records in the storage of a Durable Object. That is transactional, and the object is its only
 * writer. A value may be as large as the object's storage allows: 128 KiB, or 2 MB with SQLite.
 * @example
 * ```ts
 * import { durableObjectStorage, TelemetryCollector } from 'utilityfog-telemetry/edge';
 *
 * // In the constructor of a Durable Object, which gets `state`:
 * const make = (state: { storage: Parameters<typeof durableObjectStorage>[0] }) =>
 *   new TelemetryCollector({
 *     persist: { name: 'shop', storage: durableObjectStorage(state.storage) },
 *   });
 * console.log(make.length);
 * // -> 1
 * ```
 */
export function durableObjectStorage(values: DurableObjectValues): OwnStorage {
  check('durableObjectStorage() values', values, VALUES);
  let storage = objects.get(values);
  if (!storage) {
    storage = keyValueStorage({
      get: (key) => values.get(key) as Promise<Uint8Array | undefined>,
      put: (key, bytes) => values.put(key, bytes),
      delete: (key) => values.delete(key),
      keys: async (prefix) => [...(await values.list({ prefix })).keys()],
      exclusive: true,
    });
    objects.set(values, storage);
  }
  return storage;
}

/**
 * Keeps records in a KV namespace. That is eventually consistent: what an isolate writes may reach others a
 * minute later. Two that start at the same time may both take over the same record, whose totals then count
 * twice. Use a Durable Object where that matters.
 * @example
 * ```ts
 * import { kvStorage, TelemetryCollector } from 'utilityfog-telemetry/edge';
 *
 * // `env.TELEMETRY` is the binding of a KV namespace.
 * const make = (env: { TELEMETRY: Parameters<typeof kvStorage>[0] }) =>
 *   new TelemetryCollector({ persist: { name: 'shop', storage: kvStorage(env.TELEMETRY) } });
 * console.log(make.length);
 * // -> 1
 * ```
 */
export function kvStorage(namespace: KVValues): OwnStorage {
  check('kvStorage() namespace', namespace, VALUES);
  return keyValueStorage({
    async get(key) {
      const value = await namespace.get(key, 'arrayBuffer');
      return value === null ? undefined : new Uint8Array(value);
    },
    put: (key, bytes) => namespace.put(key, bytes),
    delete: (key) => namespace.delete(key),
    async keys(prefix) {
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await namespace.list(cursor ? { prefix, cursor } : { prefix });
        names.push(...page.keys.map(({ name }) => name));
        cursor = page.list_complete ? undefined : page.cursor;
      } while (cursor);
      return names;
    },
    exclusive: false,
  });
}
