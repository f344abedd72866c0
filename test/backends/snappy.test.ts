/** Google's Snappy reads what we compress. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snappy } from '../../src/bytes/snappy.ts';
import { pythonSnappyPath, requirePart } from '../parts.ts';
import { askPython } from './python.ts';

const hasSnappy = requirePart('pythonSnappy', pythonSnappyPath());

/** Bytes that can hardly be compressed, and others of which much is there before, near and far. */
const bytes = fc
  .tuple(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(0, 1, 3, 300),
    fc.constantFrom(0, 5, 70_000),
  )
  .map(([part, times, gap]) =>
    Buffer.concat([part, ...Array.from({ length: times }, () => [Buffer.alloc(gap), part])].flat()),
  );

test.skipIf(!hasSnappy)("Google's Snappy reads any block", async () => {
  const given = [
    ...fc.sample(bytes, 60).map((all) => (all.length > 2e6 ? all.subarray(0, 2e6) : all)),
    Buffer.alloc(0),
    Buffer.from('a'),
    // It need not be at the beginning of its memory.
    Buffer.from('abcabcabcabc'.repeat(100)).subarray(7, 900),
  ];
  const blocks = await Promise.all(given.map(snappy));
  const read = await askPython<string[]>(
    pythonSnappyPath(),
    'uncompress.py',
    [],
    blocks.map((block) => Buffer.from(block).toString('base64')),
  );
  expect(read.every((text, i) => Buffer.from(text, 'base64').equals(given[i]))).toBe(true);
});

test('what repeats gets much shorter, and what does not hardly longer', async () => {
  expect((await snappy(Buffer.from('0123456789'.repeat(10_000)))).length).toBeLessThan(10_000);
  const noise = new Uint8Array(65_536);
  crypto.getRandomValues(noise);
  expect((await snappy(noise)).length).toBeLessThan(65_536 * 1.01);
});
