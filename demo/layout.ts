/** Places the nodes: every branch is a smaller copy of the tree, with small random deviations. */
import { Random } from './random.ts';
import type { Tree } from './tree.ts';

export interface Layout {
  /** Coordinates are in a unit of their own; see `bounds`. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly bounds: { left: number; top: number; width: number; height: number };
}

/** How much shorter the next edges are, and how far they spread in radians, by branching. */
const SHAPES: Readonly<Record<number, { shrink: number; spread: number }>> = {
  2: { shrink: 0.76, spread: 0.95 },
  3: { shrink: 0.64, spread: 0.95 },
  4: { shrink: 0.56, spread: 0.82 },
  5: { shrink: 0.5, spread: 0.75 },
};
/** How far angles and lengths deviate, so that the tree looks grown rather than drawn. */
const STRAY = 0.13;

export function layOut(tree: Tree): Layout {
  const { shrink, spread } = SHAPES[tree.branching];
  const random = new Random(7);
  const x = new Float32Array(tree.size);
  const y = new Float32Array(tree.size);
  const direction = new Float32Array(tree.size);
  // Two branches go left and right; with more of them, the first start upwards.
  direction[0] = tree.branching === 2 ? 0 : -Math.PI / 2;
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parent[node];
    const sibling = node - tree.firstChild(parent);
    const angle =
      parent === 0
        ? (2 * Math.PI * sibling) / tree.branching
        : (sibling - (tree.branching - 1) / 2) * spread;
    const stray = parent === 0 ? 0 : STRAY;
    direction[node] = direction[parent] + angle + random.between(-stray, stray);
    const length = shrink ** (tree.level[node] - 1) * random.between(1 - stray, 1 + stray);
    x[node] = x[parent] + Math.cos(direction[node]) * length;
    y[node] = y[parent] + Math.sin(direction[node]) * length;
  }
  return { x, y, bounds: boundsOf(x, y) };
}

function boundsOf(x: Float32Array, y: Float32Array): Layout['bounds'] {
  let [left, top, right, bottom] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i += 1) {
    left = Math.min(left, x[i]);
    right = Math.max(right, x[i]);
    top = Math.min(top, y[i]);
    bottom = Math.max(bottom, y[i]);
  }
  return { left, top, width: right - left, height: bottom - top };
}
