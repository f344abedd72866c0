import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { absorbedBy, decodeEnvelope, encodeEnvelope } from '../../src/storage/envelope.ts';

/** The payload comes in two pieces. */
const encoded = ({ absorbed, payload }: { absorbed: string[]; payload: Uint8Array }) =>
  joinPieces(encodeEnvelope({ absorbed, payload: [payload.subarray(0, 3), payload.subarray(3)] }));

const envelope = fc.record({
  absorbed: fc.array(fc.stringMatching(/^[0-9a-f]{32}$/), { maxLength: 3 }),
  payload: fc.uint8Array({ maxLength: 40 }),
});

describe('envelope', () => {
  it('is what its documentation says', () => {
    const payload = new TextEncoder().encode('payload');
    const text = new TextDecoder().decode(encoded({ absorbed: ['a1'], payload }));
    expect(text).toBe('utilityfog-telemetry-record 1 62ed1375\n{"absorbed":["a1"]}\npayload');
  });

  it('gives back what went in', () => {
    fc.assert(
      fc.property(envelope, (any) => {
        expect(decodeEnvelope(encoded(any))).toEqual({ ok: true, ...any });
      }),
    );
  });

  it('says what was absorbed by its head alone, and nothing where it is no record', () => {
    fc.assert(
      fc.property(envelope, (any) => {
        const whole = encoded(any);
        const head = whole.subarray(0, whole.length - any.payload.length);
        expect(absorbedBy(head)).toEqual(any.absorbed);
        expect(absorbedBy(head.subarray(0, -1))).toEqual([]);
      }),
    );
    for (const other of [undefined, 1, 'text', {}, new Uint8Array(), new Uint8Array([0x0a])]) {
      expect(absorbedBy(other as Uint8Array)).toEqual([]);
    }
  });

  it('notices every single flipped bit and every missing or added byte', () => {
    fc.assert(
      fc.property(envelope, (any) => {
        const sound = encoded(any);
        for (let bit = 0; bit < sound.length * 8; bit++) {
          const at = bit >> 3;
          expect(decodeEnvelope(sound.with(at, sound[at] ^ (1 << (bit & 7)))).ok).toBe(false);
        }
        for (let end = 0; end < sound.length; end++) {
          expect(decodeEnvelope(sound.subarray(0, end)).ok).toBe(false);
        }
        expect(decodeEnvelope(Uint8Array.of(...sound, 0)).ok).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeEnvelope(bytes)).toMatchObject({ ok: false });
      }),
    );
  });
});
