import { compareBytes } from '../../../promql/label-set.ts';
import type { Texts } from './notification.ts';

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const SEPARATOR = 0xff;

/** Returns the fingerprint by which an Alertmanager knows an alert: FNV-1a of its labels, in 16 digits. */
export function fingerprint(labels: Texts): string {
  const encoder = new TextEncoder();
  let hash = OFFSET;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  };
  for (const name of Object.keys(labels).sort(compareBytes)) {
    for (const text of [name, labels[name]!]) {
      encoder.encode(text).forEach(add);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, '0');
}
