import type { SpanContext, TraceState } from '@opentelemetry/api';

/**
 * IDs of traces and spans are numbers of 32 bits here. Most spans are never asked for their digits, and then nobody has
 * to write them on the thread that records.
 */

/** The IDs of a trace and a span, each 32 bits of them. */
export type SpanIds = readonly [
  ...trace: [number, number, number, number],
  ...span: [number, number],
];

/** Returns 32 random bits. They need not be hard to guess: https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id */
export const randomBits = (): number => (Math.random() * 2 ** 32) >>> 0;

/** Returns 32 random bits that are not all 0, which no ID may be. */
export const someBits = (): number => randomBits() || 1;

const digitsOf = (bits: number): string => bits.toString(16).padStart(8, '0');

/** Returns the bits of eight digits from there on. They must be hexadecimal. */
export const bitsAt = (digits: string, at: number): number =>
  Number.parseInt(digits.slice(at, at + 8), 16);

/** https://www.w3.org/TR/trace-context/#trace-id and #parent-id */
const IDS = /^(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}$/i;

/** Returns the IDs of a context; `undefined` if they are none. */
export function idsOf({ traceId, spanId }: SpanContext): SpanIds | undefined {
  const digits = `${traceId}-${spanId}`;
  if (!IDS.test(digits)) return undefined;
  return [0, 8, 16, 24, 33, 41].map((at) => bitsAt(digits, at)) as unknown as SpanIds;
}

/** Returns the context that these IDs are of. */
export function contextOf(ids: SpanIds, traceFlags: number, traceState?: TraceState): SpanContext {
  const digits = ids.map(digitsOf).join('');
  const [traceId, spanId] = [digits.slice(0, 32), digits.slice(32)];
  return { traceId, spanId, traceFlags, ...(traceState && { traceState }) };
}
