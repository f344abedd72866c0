/**
 * The shape of the network: a complete tree whose nodes are numbered level by level, so that
 * parents, children and whole subtrees are found by arithmetic.
 */

/** More nodes than this are neither drawn nor simulated at sixty frames per second. */
export const MAX_NODES = 30_000;

export function nodeCount(branching: number, depth: number): number {
  let count = 1;
  for (let level = 1, width = 1; level <= depth; level += 1) count += width *= branching;
  return count;
}

/** Returns the depth of the deepest tree of this branching that stays within `MAX_NODES`. */
export function deepest(branching: number): number {
  let depth = 1;
  while (nodeCount(branching, depth + 1) <= MAX_NODES) depth += 1;
  return depth;
}

export class Tree {
  readonly size: number;
  /** The first node of each level, and after the last level the number of nodes. */
  readonly levelStart: readonly number[];
  readonly level: Uint8Array;
  /** The parents; the root's is -1. */
  readonly parent: Int32Array;

  constructor(
    readonly branching: number,
    readonly depth: number,
  ) {
    this.size = nodeCount(branching, depth);
    this.level = new Uint8Array(this.size);
    this.parent = new Int32Array(this.size);
    const starts = [0];
    for (let level = 0, width = 1; level <= depth; level += 1, width *= branching) {
      starts.push(starts[level] + width);
      this.level.fill(level, starts[level], starts[level + 1]);
    }
    for (let node = 1; node < this.size; node += 1) {
      this.parent[node] = Math.floor((node - 1) / branching);
    }
    this.parent[0] = -1;
    this.levelStart = starts;
  }

  firstChild(node: number): number {
    return node * this.branching + 1;
  }

  isLeaf(node: number): boolean {
    return this.level[node] === this.depth;
  }

  widthOf(level: number): number {
    return this.levelStart[level + 1] - this.levelStart[level];
  }

  /** Returns the number of nodes in the subtree of `node`, itself included. */
  subtreeSize(node: number): number {
    return nodeCount(this.branching, this.depth - this.level[node]);
  }

  ancestor(node: number, generations: number): number {
    let at = node;
    for (let i = 0; i < generations && at > 0; i += 1) at = this.parent[at];
    return at;
  }

  /** Returns the neighbour of `from` that is next on the way to `to`. */
  towards(from: number, to: number): number {
    const below = this.level[to] - this.level[from] - 1;
    if (below >= 0) {
      const child = this.ancestor(to, below);
      if (this.parent[child] === from) return child;
    }
    return this.parent[from];
  }

  /** Calls `visit(first, end)` for each level, with the range of nodes that the subtree has there. */
  eachRun(node: number, visit: (first: number, end: number) => void): void {
    let first = node;
    let width = 1;
    for (let level = this.level[node]; level <= this.depth; level += 1) {
      visit(first, first + width);
      first = this.firstChild(first);
      width *= this.branching;
    }
  }
}
