/**
 * Moves the messages: where they start, how they climb and descend the tree, and where they are lost. Most
 * stay near where they began, at every scale alike, as is right for a fractal.
 */
import { Drop, Kind } from './totals.ts';
import { hopSteps, STEPS_PER_SECOND, type World } from './world.ts';

/** How often a message that has climbed one level climbs another. */
const CLIMB = 0.52;
const QUEUE_LIMIT = 96;
/** The shares of reports and of orders. The rest are messages between peers. */
const REPORTS = 0.45;
const ORDERS = 0.25;
/** How often the root asks a random leaf for a sign of life. */
const PULSE_SECONDS = 0.5;

export class Traffic {
  readonly #world: World;
  /** How many messages a node passes on in one step, by level. */
  readonly #capacity: number[];
  /** The steps along an edge, by the edge's lower level. */
  readonly #hopSteps: number[];

  constructor(world: World) {
    this.#world = world;
    const { tree } = world;
    // Nodes near the root can pass on more, since all roads meet there. That is enough for busy times, but
    // not for rush hour.
    this.#capacity = tree.levelStart.slice(0, -1).map((first, level) => {
      const load = tree.subtreeSize(first) * CLIMB ** (tree.depth - level);
      return 1 + Math.ceil((3.4 * load) / STEPS_PER_SECOND);
    });
    this.#hopSteps = this.#capacity.map((_, level) => hopSteps(level));
  }

  emit(): void {
    const { random, settings, tree, alive, step } = this.#world;
    const mean = (tree.size * settings.traffic) / STEPS_PER_SECOND;
    for (let left = random.count(mean); left > 0; left -= 1) {
      const node = random.below(tree.size);
      if (node > 0 && alive[node]) this.#start(node);
    }
    if (step % Math.round(PULSE_SECONDS * STEPS_PER_SECOND) === 0 && alive[0]) this.#pulse();
  }

  /** Lets every node pass on the messages that wait there, as far as its capacity goes. */
  forward(): void {
    const { pool, tree } = this.#world;
    const { queueLength } = pool;
    this.#land();
    for (let node = 0; node < tree.size; node += 1) {
      let left = Math.min(queueLength[node], this.#capacity[tree.level[node]]);
      for (; left > 0; left -= 1) this.#move(pool.shift(node), node);
    }
  }

  /** Queues the messages that have come to the end of an edge. */
  #land(): void {
    const { pool, alive, step } = this.#world;
    let message = pool.arrivals(step);
    while (message >= 0) {
      const next = pool.next[message];
      const node = pool.to[message];
      if (!alive[node]) this.#world.drop(message, Drop.nodeFailed);
      else this.#enqueue(node, message);
      message = next;
    }
  }

  /** Begins a report, an order or a message between peers in which `node` takes part. */
  #start(node: number): void {
    const { random, tree, alive } = this.#world;
    const level = tree.level[node];
    let climb = 1;
    while (climb < level && random.chance(CLIMB)) climb += 1;
    const top = tree.ancestor(node, climb);
    const choice = random.next();
    if (choice < REPORTS) {
      this.#send(Kind.report, node, top);
    } else if (choice < REPORTS + ORDERS) {
      if (alive[top]) this.#send(Kind.order, top, node);
    } else {
      let peer = top;
      for (let i = 0; i < climb; i += 1)
        peer = tree.firstChild(peer) + random.below(tree.branching);
      if (peer !== node) this.#send(Kind.peer, node, peer);
    }
  }

  #pulse(): void {
    const { tree, random, pool } = this.#world;
    const leaf = tree.levelStart[tree.depth] + random.below(tree.widthOf(tree.depth));
    this.#send(Kind.pulse, 0, leaf);
    this.#world.event('message_sent', { queue_size: pool.queueLength[0] });
  }

  #send(kind: number, source: number, destination: number): void {
    const { pool, tree, step, instrument } = this.#world;
    const message = this.#write(kind, destination, step);
    if (message < 0) return;
    pool.trace[message] = instrument.tracing?.began(tree, kind, source, destination, step) ?? 0;
    this.#enqueue(source, message);
  }

  /** Sends the answer to a pulse that was sent in `askedAt`. */
  #answer(source: number, askedAt: number, trace: number): void {
    const { pool, step, instrument } = this.#world;
    const message = this.#write(Kind.pulse, 0, askedAt);
    if (message < 0) {
      if (trace > 0) instrument.tracing?.ended(trace, step);
      return;
    }
    if (trace > 0) instrument.tracing?.answered(trace, step);
    pool.trace[message] = trace;
    this.#enqueue(source, message);
  }

  /** Returns a new message that is counted as sent; -1 if there is no room for it. */
  #write(kind: number, destination: number, askedAt: number): number {
    const { pool, step, totals, instrument } = this.#world;
    const message = pool.take();
    if (message < 0) return message;
    pool.kind[message] = kind;
    pool.hops[message] = 0;
    pool.destination[message] = destination;
    pool.sentAt[message] = step;
    pool.askedAt[message] = askedAt;
    totals.sent[kind] += 1;
    instrument.sent(kind);
    return message;
  }

  #enqueue(node: number, message: number): void {
    const { pool } = this.#world;
    if (pool.queueLength[node] < QUEUE_LIMIT) pool.push(node, message);
    else this.#world.drop(message, Drop.queueFull);
  }

  #move(message: number, node: number): void {
    const { pool, tree, alive, step, totals, instrument } = this.#world;
    const destination = pool.destination[message];
    if (destination === node) {
      this.#arrive(message, node);
      return;
    }
    const next = tree.towards(node, destination);
    if (!alive[next]) {
      this.#world.drop(message, Drop.unreachable);
      return;
    }
    const kind = pool.kind[message];
    const level = tree.level[node];
    totals.forwarded[kind][level] += 1;
    instrument.forwarded(kind, level);
    const trip = this.#hopSteps[Math.max(level, tree.level[next])];
    const trace = pool.trace[message];
    if (trace > 0) {
      const queuedAt = pool.hops[message] === 0 ? pool.sentAt[message] : pool.arrives[message];
      instrument.tracing?.passedOn(trace, node, next, queuedAt, step, step + trip);
    }
    pool.hops[message] += 1;
    pool.depart(message, node, next, step, trip);
  }

  #arrive(message: number, node: number): void {
    const { pool, step, totals, instrument } = this.#world;
    const kind = pool.kind[message];
    const hops = pool.hops[message];
    const seconds = (step - pool.sentAt[message]) / STEPS_PER_SECOND;
    const askedAt = pool.askedAt[message];
    const trace = pool.trace[message];
    pool.release(message);
    totals.delivered[kind] += 1;
    totals.latencySum[kind] += seconds;
    totals.hopsSum += hops;
    instrument.delivered(kind, hops, seconds, trace);
    if (kind === Kind.pulse && node !== 0) {
      this.#answer(node, askedAt, trace);
      return;
    }
    if (trace > 0) instrument.tracing?.ended(trace, step);
    if (kind === Kind.pulse) {
      this.#world.event('message_received', {
        queue_size: pool.queueLength[0],
        duration_seconds: (step - askedAt) / STEPS_PER_SECOND,
      });
    }
  }
}
