import { describe, it } from 'vitest';
import { joinPieces, type Pieces } from '../../src/bytes/pieces.ts';
import { keyDestination } from '../../src/delivery/key-destination.ts';
import { Memory, memoryStorage } from '../../src/storage/memory.ts';
import { type Subject, storageCases } from '../contracts/storage-contract.ts';

async function subject(): Promise<Subject> {
  const memory = new Memory();
  const values = new Map<string, Uint8Array>();
  const put = async (key: string, pieces: Pieces) => void values.set(key, joinPieces(pieces));
  return {
    storage: memoryStorage(memory),
    destinations: keyDestination({ put }),
    async plant(name, id, bytes) {
      memory.records.set(id, { name, id, owner: 'gone', bytes });
    },
    async records(name) {
      const records = [...memory.records.values()].filter((record) => record.name === name);
      return new Map(records.map(({ id, bytes }) => [id, bytes]));
    },
    setAside: async () => [...memory.damaged.values()],
    read: async (destination) => values.get(destination),
    destination: (file) => file,
  };
}

describe('storage in memory', () => {
  for (const { name, run } of storageCases) it(name, () => run(subject));
});
