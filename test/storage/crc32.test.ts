import reference from 'crc-32';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32 } from '../../src/storage/crc32.ts';

it('gives the check value of the standard', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

it('agrees with another implementation on any bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 2000 });
  fc.assert(fc.property(bytes, (any) => crc32(any) === reference.buf(any) >>> 0));
});
