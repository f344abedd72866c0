import { describe, it } from 'vitest';
import { keyValueStorage } from '../../src/storage/key-value-storage.ts';
import { keyValueSubject, mapPlace } from '../contracts/key-value-subject.ts';
import { storageCases } from '../contracts/storage-contract.ts';

for (const exclusive of [true, false]) {
  describe(`storage under keys, with a ${exclusive ? 'single writer' : 'many writers'}`, () => {
    for (const { name, run } of storageCases) {
      it(name, () =>
        run(async () => {
          const place = mapPlace(exclusive);
          return keyValueSubject(place, keyValueStorage(place));
        }),
      );
    }
  });
}
