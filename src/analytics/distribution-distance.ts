/** So many windows are looked at before distances are told. */
const WARM_UP = 20;
/** What is usual follows the last windows, about so many of them. */
const MEMORY = 100;
/** Cells that are as good as empty are forgotten, so that only those of about the last 1000 windows take memory. */
const LEAST_SHARE = 1e-5;

/** How many observations lie in each cell of an axis. Cells have numbers. */
export type Counts = ReadonlyMap<number, number>;

/**
 * Returns how far two distributions are apart, from 0 to 1: the Jensen–Shannon distance with the binary logarithm.
 * Few observations alone make a distance, so that what is to be expected of as many is taken off.
 * @param usual the shares of the cells; they add up to 1
 * @see https://en.wikipedia.org/wiki/Jensen%E2%80%93Shannon_divergence
 */
export function distributionDistance(usual: Counts, counts: Counts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  if (!(total > 0) || usual.size === 0) return 0;
  let divergence = 0;
  let cells = 0;
  const add = (expected: number, came: number) => {
    const middle = (expected + came) / 2;
    if (expected > 0) divergence += (expected / 2) * Math.log2(expected / middle);
    if (came > 0) divergence += (came / 2) * Math.log2(came / middle);
    cells++;
  };
  for (const [cell, share] of usual) add(share, (counts.get(cell) ?? 0) / total);
  for (const [cell, count] of counts) if (!usual.has(cell)) add(0, count / total);
  const byChance = (cells - 1) / (8 * total * Math.LN2);
  return Math.sqrt(Math.min(1, Math.max(0, divergence - byChance)));
}

/** What a distribution usually is. It follows slow changes. */
export class UsualDistribution {
  readonly #shares = new Map<number, number>();
  #windows = 0;

  /** Takes the next window, and returns how far it is from what was usual before; `undefined` at the beginning. */
  next(counts: Counts): number | undefined {
    let total = 0;
    for (const count of counts.values()) total += count;
    if (!(total > 0)) return undefined;
    const isKnown = this.#windows >= WARM_UP;
    const distance = isKnown ? distributionDistance(this.#shares, counts) : undefined;
    this.#learn(counts, total);
    return distance;
  }

  #learn(counts: Counts, total: number): void {
    const weight = 1 / Math.min(++this.#windows, MEMORY);
    let sum = 0;
    for (const cell of new Set([...this.#shares.keys(), ...counts.keys()])) {
      const came = (counts.get(cell) ?? 0) / total;
      const share = (1 - weight) * (this.#shares.get(cell) ?? 0) + weight * came;
      if (share < LEAST_SHARE) this.#shares.delete(cell);
      else {
        this.#shares.set(cell, share);
        sum += share;
      }
    }
    for (const [cell, share] of this.#shares) this.#shares.set(cell, share / sum);
  }
}
