/** Tests the rules of a claim without a storage. `whole` has the sound records, by id. */
import { describe, expect, it } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { type PresentRecord, settleClaim } from '../../src/storage/claim.ts';
import { encodeEnvelope } from '../../src/storage/envelope.ts';

const OWN = 'own';

/** A record that the claim took over, unless another owner is given. */
const present = (id: string, absorbed: readonly string[] = [], owner = OWN): PresentRecord => ({
  ...{ id, owner, absorbed },
});

async function settled(
  records: readonly PresentRecord[],
  { gone = [], broken = [] }: { gone?: readonly string[]; broken?: readonly string[] } = {},
) {
  const taken: string[] = [];
  const deleted: string[] = [];
  const verdict = await settleClaim(
    records,
    { id: OWN, claimed: [], inherited: [] },
    {
      async read({ id, absorbed }) {
        if (gone.includes(id)) return undefined;
        const bytes = joinPieces(encodeEnvelope({ absorbed, payload: [new Uint8Array(1)] }));
        return broken.includes(id) ? { unreadable: 'it is a link' } : { bytes };
      },
      take: ({ id }) => void taken.push(id),
      delete: async ({ id }) => void deleted.push(id),
      setAside: async ({ id }, reason) => `${id} (${reason})`,
    },
  );
  return { taken, deleted, ...verdict };
}

describe('a claim', () => {
  it('reads what has absorbed others before them, however long the row is', async () => {
    const row = Array.from({ length: 20_000 }, (_, i) => present(`${i}`, [`${i - 1}`]));
    const { taken, deleted } = await settled(row);
    expect(taken).toEqual(['19999']);
    expect(deleted).toHaveLength(19_999);
  });

  it('needs what a damaged record had absorbed, and not what that has', async () => {
    const records = [present('a'), present('b', ['a']), present('c', ['b'])];
    const found = await settled(records, { broken: ['c'] });
    expect(found).toMatchObject({ taken: ['b'], deleted: ['a'], damaged: ['c (it is a link)'] });
  });

  it('leaves to others what a record had absorbed that another has meanwhile', async () => {
    const found = await settled([present('a'), present('b', ['a'])], { gone: ['b'] });
    expect(found).toMatchObject({ taken: [], deleted: [], damaged: [] });
  });

  it('leaves to others what a record has absorbed that another claim holds', async () => {
    const found = await settled([present('a'), present('b', ['a'], 'other')]);
    expect(found).toMatchObject({ taken: [], deleted: [] });
  });

  it('deletes what the record of an owner that lives has absorbed', async () => {
    const found = await settled([present('a'), present('other', ['a'], 'other')]);
    expect(found).toMatchObject({ taken: [], deleted: ['a'] });
  });

  it('goes on naming all that is there, and of what is gone the latest', async () => {
    const held = Array.from({ length: 300 }, (_, i) => `held ${i}`);
    const gone = Array.from({ length: 300 }, (_, i) => `gone ${i}`);
    const others = held.map((id) => present(id, [], 'other'));
    const found = await settled([
      present('a', [...gone, ...held, 'b', OWN]),
      ...others,
      present('b'),
    ]);
    expect(found).toMatchObject({ taken: ['a'], deleted: ['b'] });
    // The deletion may not be on disk yet.
    expect(found.inherited).toEqual([...gone.slice(-99), 'b', ...held]);
  });
});
