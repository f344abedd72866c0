/** Tests values that are kept under keys, in each storage that runs here. */
import { describe, expect, it } from 'vitest';
import { recordBlobs } from '../../src/storage/blobs.ts';
import { filesystemStorage } from '../../src/storage/filesystem.ts';
import { keyValueStorage } from '../../src/storage/key-value-storage.ts';
import { Memory, memoryStorage } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { makeFolder } from '../folder.ts';

const STORAGES: [string, () => Promise<Storage>][] = [
  ['memory', async () => memoryStorage(new Memory())],
  ['files', async () => filesystemStorage(await makeFolder())],
  ['keys', async () => keyValueStorage(mapPlace(true))],
];

const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(STORAGES)('blobs in %s', (_, make) => {
  const open = (storage: Storage, name = 'tested') => recordBlobs(storage, name, async () => {});
  const claimed = async (blobs: ReturnType<typeof open>, gone?: readonly string[]) => {
    const found: string[] = [];
    await blobs.claim((value) => void found.push(new TextDecoder().decode(value)), gone);
    return found.sort();
  };

  it('go to the next owner once the one before is gone', async () => {
    const storage = await make();
    const one = open(storage);
    await one.put('a', [bytes('1')]);
    await one.put('b', [bytes('2'), bytes('3')]);
    await one.put('a', [bytes('4')]);
    const other = open(storage);
    expect(await claimed(other)).toEqual([]);
    await one.close();
    expect(await claimed(open(storage, 'another name'))).toEqual([]);
    expect(await claimed(other)).toEqual(['23', '4']);
    // Nobody else gets them while this one lives, and nobody at all once they are settled.
    expect(await claimed(open(storage))).toEqual([]);
    await other.put('a', [bytes('5')]);
    await other.settle();
    await other.close();
    expect(await claimed(open(storage))).toEqual(['5']);
  });

  it('that were claimed and not settled go to the next one', async () => {
    const storage = await make();
    const one = open(storage);
    await one.put('a', [bytes('1')]);
    await one.close();
    const other = open(storage);
    expect(await claimed(other)).toEqual(['1']);
    await other.close();
    expect(await claimed(open(storage))).toEqual(['1']);
  });

  it('go to one that knows that the owner is gone although it lives', async () => {
    const storage = await make();
    const one = open(storage);
    await one.put('a', [bytes('1')]);
    expect(one.owners).toHaveLength(1);
    expect(await claimed(open(storage), one.owners)).toEqual(['1']);
  });

  it('are gone when they were deleted, and their place is used again', async () => {
    const storage = await make();
    const one = open(storage);
    await one.put('a', [bytes('1')]);
    await one.put('b', [bytes('2')]);
    await one.delete('a');
    await one.delete('never there');
    await one.put('c', [bytes('3')]);
    expect(one.owners).toHaveLength(2);
    await one.delete('c');
    await one.close();
    expect(await claimed(open(storage))).toEqual(['2']);
    await expect(one.put('b', [])).rejects.toThrow();
  });

  it('that nobody can read are set aside', async () => {
    const storage = await make();
    const one = open(storage);
    await one.put('a', [bytes('1')]);
    await one.close();
    const other = open(storage);
    const refuse = () => {
      throw new Error('no sense in it');
    };
    expect(await other.claim(refuse)).toEqual([expect.stringContaining('no sense in it')]);
    await other.close();
    expect(await claimed(open(storage))).toEqual([]);
  });
});
