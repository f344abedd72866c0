/**
 * Coordination: the tree is divided into cells, each led by its highest living node. Every cell
 * counts itself in rounds and elects another coordinator when it has lost its own.
 */
import { roundTrip, STEPS_PER_SECOND, type World } from './world.ts';

const ROUND_SECONDS = 2;
const HEALTH_CHECK_SECONDS = 1;
/** The first level with at least this many nodes makes the cells. */
const CELLS = 5;

export class Coordination {
  readonly #world: World;
  readonly cellLevel: number;
  /** The node that leads each cell, or -1 while nobody there is alive. */
  readonly coordinators: Int32Array;
  readonly #active: Int32Array;

  constructor(world: World) {
    this.#world = world;
    const { tree } = world;
    let level = 0;
    while (level < tree.depth && tree.widthOf(level) < CELLS) level += 1;
    this.cellLevel = level;
    const first = tree.levelStart[level];
    this.coordinators = Int32Array.from({ length: tree.widthOf(level) }, (_, cell) => first + cell);
    this.#active = new Int32Array(this.coordinators.length).fill(tree.subtreeSize(first));
  }

  /** The cells take turns, so that not all of them hold their round in the same step. */
  coordinate(): void {
    const { step } = this.#world;
    const period = ROUND_SECONDS * STEPS_PER_SECOND;
    const cells = this.coordinators.length;
    for (let cell = 0; cell < cells; cell += 1) {
      if ((step + Math.floor((cell * period) / cells)) % period === 0) this.#round(cell);
    }
  }

  checkHealth(): void {
    const world = this.#world;
    if (world.step % (HEALTH_CHECK_SECONDS * STEPS_PER_SECOND) !== 0) return;
    world.updateReachable();
    const { tree, failedNodes, isolated, random } = world;
    const connected = 1 - (failedNodes.length + isolated) / tree.size;
    let status = 'UNHEALTHY';
    if (connected >= 0.97) status = 'HEALTHY';
    else if (connected >= 0.8) status = 'DEGRADED';
    const duration = roundTrip(0, tree.depth) * random.between(1, 1.3);
    world.event('health_check', { status, duration_seconds: milliseconds(duration) });
  }

  #round(cell: number): void {
    const { tree, alive, random } = this.#world;
    let active = 0;
    let highest = -1;
    tree.eachRun(tree.levelStart[this.cellLevel] + cell, (first, end) => {
      for (let node = first; node < end; node += 1) {
        if (!alive[node]) continue;
        if (active === 0) highest = node;
        active += 1;
      }
    });
    this.#active[cell] = active;
    if (highest !== this.coordinators[cell]) this.#elect(cell, highest);
    const latency = roundTrip(this.cellLevel, tree.depth) * random.between(1, 1.5);
    const total = this.#active.reduce((sum, value) => sum + value, 0);
    this.#world.event('coordination_message', {
      cell,
      latency_seconds: milliseconds(latency),
      active_nodes: total,
    });
  }

  #elect(cell: number, node: number): void {
    this.coordinators[cell] = node;
    const level = node < 0 ? -1 : this.#world.tree.level[node];
    this.#world.event('coordinator_elected', { cell, node, level });
  }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
