/**
 * Runs in a page. It leaves the outcome of every storage case on `globalThis.results`, and what the tests
 * with several tabs need on `globalThis.tab`.
 */
import { clear, createStore, entries, get, set } from 'idb-keyval';
import { keyDestination } from '../../src/delivery/key-destination.ts';
import { indexedDbStorage } from '../../src/storage/indexeddb.ts';
import { indexedDbValues } from '../../src/storage/indexeddb-values.ts';
import type { Store } from '../../src/storage/storage.ts';
import { type Subject, storageCases } from '../contracts/storage-contract.ts';
import { claimedTexts } from './claim-all.ts';

export interface CaseResult {
  readonly name: string;
  /** Why it failed; absent when it passed. */
  readonly error?: string;
}

export interface Tab {
  readonly webLocks: boolean;
  write(payload: string): Promise<void>;
  /** Resolves to what a new owner in this tab finds, and keeps. */
  claim(): Promise<string[]>;
  /** Sets the clock of the records back. */
  age(milliseconds: number): Promise<void>;
  close(): Promise<void>;
  put(destination: string, text: string): Promise<void>;
}

declare global {
  var results: Promise<CaseResult[]>;
  var tab: Tab;
}

// Reads a value as the documentation of `indexedDbValues` tells applications to.
const database = createStore('utilityfog-telemetry', 'keyval');

async function subject(): Promise<Subject> {
  await clear(database);
  const under = async (...prefix: string[]) =>
    (await entries<IDBValidKey[], unknown>(database)).filter(([key]) => {
      return Array.isArray(key) && prefix.every((part, i) => key[i] === part);
    });
  return {
    storage: indexedDbStorage(),
    destinations: keyDestination(indexedDbValues()),
    plant: (name, id, bytes) =>
      set(['record', name, id], { id, owner: 'gone', written: 0, bytes }, database),
    async records(name) {
      const found = await under('record', name);
      return new Map(
        found.map(([key, record]) => [String(key[2]), (record as { bytes: Uint8Array }).bytes]),
      );
    },
    setAside: async () => (await under('damaged')).map(([, bytes]) => bytes as Uint8Array),
    read: (destination) => get(destination, database),
    destination: (file) => file,
  };
}

async function runCases(): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, run } of storageCases) {
    try {
      await run(subject);
      results.push({ name });
    } catch (error) {
      results.push({ name, error: String(error) });
    }
  }
  await clear(database);
  return results;
}

let writer: Store | undefined;
globalThis.tab = {
  webLocks: 'locks' in navigator,
  async write(payload) {
    writer ??= await indexedDbStorage().open('app');
    await writer.write([new TextEncoder().encode(payload)]);
  },
  async claim() {
    return claimedTexts(await indexedDbStorage().open('app'));
  },
  async age(milliseconds) {
    for (const [key, record] of await entries<IDBValidKey, { written: number }>(database)) {
      await set(key, { ...record, written: record.written - milliseconds }, database);
    }
  },
  close: async () => writer?.close(),
  put: (destination, text) => indexedDbValues().put(destination, [new TextEncoder().encode(text)]),
};

if (location.search === '?cases') globalThis.results = runCases();
