/**
 * How much of each part is measured.
 */

/**
 * @param {{ quick: boolean }} options
 * @param {import('./harness/place.mjs').Place} place
 */
export function plans({ quick }, { runtime, quietNs }) {
  const loop = quick
    ? { launches: 2, rounds: 4, sliceMs: 2, warmUpMs: 200, quietNs, runtime }
    : { launches: 3, rounds: 9, sliceMs: 2, warmUpMs: 400, quietNs, runtime };
  const many = { series: 100_000, rounds: quick ? 2 : 7, runtime };
  const page = quick
    ? { series: 100_000, rounds: 2, warmUpMs: 1500, measuredMs: 3000 }
    : { series: 100_000, rounds: 4, warmUpMs: 3000, measuredMs: 10_000 };
  const spans = { rounds: quick ? 2 : 5, warmUpMs: 2000, measuredMs: quick ? 3000 : 8000 };
  const fresh = { rounds: quick ? 11 : 41 };
  const million = { recordings: 1_000_000, warmUp: 4_000_000 };
  const garbage = quick
    ? { launches: 1, rounds: 3, ...million }
    : { launches: 3, rounds: 5, ...million };
  const threads = { launches: quick ? 1 : 3, rounds: quick ? 5 : 9, ms: 300, warmUpMs: 1000 };
  const sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
  const growing = {
    sizes: quick ? [1000, 10_000, 100_000] : sizes,
    rounds: quick ? 2 : 3,
    peersUpTo: 100_000,
    patienceMs: 5000,
  };
  return {
    'hot-path': loop,
    opentelemetry: loop,
    events: loop,
    creation: many,
    scrape: many,
    formats: many,
    push: many,
    scaling: growing,
    collection: many,
    startup: fresh,
    contention: threads,
    allocations: garbage,
    frames: page,
    'span-frames': spans,
  };
}
