import type { LabelSet } from '../label-set.ts';

/** Any other number would do as well. */
const SEED = 0x9747b28c;

/**
 * Returns a number from 0 to 1, 1 excluded, that is always the same for equal labels, and evenly spread. (FNV-1a
 * and the finish of MurmurHash3.) Prometheus hashes in a way that depends on how it was built.
 */
export function hashOf({ key }: LabelSet): number {
  let hash = SEED;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
