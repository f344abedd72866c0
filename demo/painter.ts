/** Draws the swarm. Colours come from the stylesheet; places are computed once per size. */
import { CanvasLayers } from './canvas-layers.ts';
import { type Layout, layOut } from './layout.ts';
import type { Simulation } from './simulation.ts';
import { color } from './theme.ts';
import { KINDS } from './totals.ts';
import type { Tree } from './tree.ts';

const MARGIN = 18;
/** Below this radius a node is drawn as a square: nobody sees the corners, and squares are fast. */
const SMALLEST_CIRCLE = 1.3;
const SHOWN_QUEUE = 6;
const FULL_CIRCLE = 2 * Math.PI;

export class Painter {
  readonly #layers: CanvasLayers;
  #tree!: Tree;
  #layout!: Layout;
  #x = new Float32Array();
  #y = new Float32Array();
  /** The radius by level, in device pixels. */
  #radius: number[] = [];
  #colors!: Record<'node' | 'edge' | 'fault' | 'cutOff' | 'accent' | 'queue', string>;
  #kindColors: string[] = [];
  #focused = -1;

  constructor(frame: HTMLElement, tree: Tree) {
    this.#layers = new CanvasLayers(frame, () => this.#place());
    this.readColors();
    this.plant(tree);
  }

  /** Shows another tree. */
  plant(tree: Tree): void {
    this.#tree = tree;
    this.#layout = layOut(tree);
    this.#focused = -1;
    this.#place();
  }

  readColors(): void {
    this.#colors = {
      node: color('--node'),
      edge: color('--edge'),
      fault: color('--fault'),
      cutOff: color('--cut-off'),
      accent: color('--accent'),
      queue: color('--queue'),
    };
    this.#kindColors = KINDS.map((kind) => color(`--${kind}`));
    if (this.#tree) this.#drawStill();
  }

  /** Marks a subtree; -1 marks none. */
  focus(node: number): void {
    if (node === this.#focused) return;
    this.#focused = node;
    this.#drawFocus();
  }

  /** Returns the node nearest to a point in CSS pixels, among those that are large enough to aim at. */
  nodeAt(cssX: number, cssY: number): number {
    const { ratio } = this.#layers;
    const [px, py] = [cssX * ratio, cssY * ratio];
    const aimable = Math.min(this.#tree.depth, 4);
    let nearest = -1;
    let distance = (60 * ratio) ** 2;
    for (let node = 0; node < this.#tree.levelStart[aimable + 1]; node += 1) {
      const d = (this.#x[node] - px) ** 2 + (this.#y[node] - py) ** 2;
      if (d < distance) [nearest, distance] = [node, d];
    }
    return nearest;
  }

  /** Draws what moves: failures, queues, coordinators and, unless motion is unwanted, messages. */
  drawLife(simulation: Simulation, withMessages: boolean): void {
    const { context } = this.#layers.life;
    this.#layers.clear(this.#layers.life);
    this.#drawBroken(context, simulation);
    this.#drawQueues(context, simulation);
    this.#drawCoordinators(context, simulation);
    if (withMessages) this.#drawMessages(context, simulation);
  }

  #place(): void {
    const { width, height, ratio } = this.#layers;
    const { bounds, x, y } = this.#layout;
    const margin = MARGIN * ratio;
    const scale = Math.max(
      0,
      Math.min((width - 2 * margin) / bounds.width, (height - 2 * margin) / bounds.height),
    );
    const left = (width - bounds.width * scale) / 2 - bounds.left * scale;
    const top = (height - bounds.height * scale) / 2 - bounds.top * scale;
    this.#x = x.map((value) => left + value * scale);
    this.#y = y.map((value) => top + value * scale);
    const largest = Math.min(width, height) / 75;
    this.#radius = this.#tree.levelStart.map((_, level) =>
      Math.max(0.55 * ratio, largest * 0.66 ** level),
    );
    this.#drawStill();
  }

  #drawStill(): void {
    const { context } = this.#layers.tree;
    this.#layers.clear(this.#layers.tree);
    this.#strokeEdges(context, 0, this.#colors.edge);
    context.fillStyle = this.#colors.node;
    for (let node = 0; node < this.#tree.size; node += 1) this.#dot(context, node, 1);
    this.#drawFocus();
  }

  #drawFocus(): void {
    const { context } = this.#layers.focus;
    this.#layers.clear(this.#layers.focus);
    if (this.#focused < 0) return;
    this.#strokeEdges(context, this.#focused, this.#colors.accent);
    context.fillStyle = this.#colors.accent;
    this.#tree.eachRun(this.#focused, (first, end) => {
      for (let node = first; node < end; node += 1) this.#dot(context, node, 1);
    });
    this.#ring(context, this.#focused, 5 * this.#layers.ratio, this.#colors.accent);
  }

  /** Draws all edges below a node, with one path per level since their widths differ. */
  #strokeEdges(context: CanvasRenderingContext2D, top: number, style: string): void {
    const { parent } = this.#tree;
    context.strokeStyle = style;
    this.#tree.eachRun(top, (first, end) => {
      if (first === top) return;
      const level = this.#tree.level[first];
      context.lineWidth = Math.max(0.5, this.#radius[level] * 0.55);
      context.beginPath();
      for (let node = first; node < end; node += 1) {
        context.moveTo(this.#x[parent[node]], this.#y[parent[node]]);
        context.lineTo(this.#x[node], this.#y[node]);
      }
      context.stroke();
    });
  }

  #drawBroken(context: CanvasRenderingContext2D, { world }: Simulation): void {
    world.updateReachable();
    if (world.isolated > 0) {
      context.fillStyle = this.#colors.cutOff;
      for (let node = 1; node < this.#tree.size; node += 1) {
        if (world.alive[node] && !world.reachable[node]) this.#dot(context, node, 1.15);
      }
    }
    context.fillStyle = this.#colors.fault;
    for (const node of world.failedNodes) this.#dot(context, node, 1.3);
  }

  /** Draws a halo where messages wait, unless it would swallow its neighbours. */
  #drawQueues(context: CanvasRenderingContext2D, { world }: Simulation): void {
    const { queueLength } = world.pool;
    const shown = this.#tree.levelStart[Math.min(5, this.#tree.depth + 1)];
    context.fillStyle = this.#colors.queue;
    for (let node = 0; node < shown; node += 1) {
      if (queueLength[node] < SHOWN_QUEUE) continue;
      const level = this.#tree.level[node];
      const radius = this.#radius[level] * (1 + Math.sqrt(queueLength[node]) / 3);
      this.#circle(context, this.#x[node], this.#y[node], radius);
    }
  }

  #drawCoordinators(context: CanvasRenderingContext2D, { coordination }: Simulation): void {
    for (const node of coordination.coordinators) {
      if (node >= 0) this.#ring(context, node, 3 * this.#layers.ratio, this.#colors.accent);
    }
  }

  #drawMessages(context: CanvasRenderingContext2D, simulation: Simulation): void {
    const { pool, step } = simulation.world;
    const now = step + simulation.progress;
    const { level } = this.#tree;
    const { ratio } = this.#layers;
    const smallest = 1.4 * ratio;
    // There is one pass per kind: changing the colour costs more than skipping the others.
    for (let kind = 0; kind < KINDS.length; kind += 1) {
      context.fillStyle = this.#kindColors[kind];
      for (const first of pool.travellers) {
        for (let message = first; message >= 0; message = pool.next[message]) {
          if (pool.kind[message] !== kind) continue;
          const from = pool.from[message];
          const to = pool.to[message];
          const departs = pool.departs[message];
          const way = Math.min(1, (now - departs) / (pool.arrives[message] - departs));
          const size = Math.max(smallest, this.#radius[Math.max(level[from], level[to])] * 1.2);
          const x = this.#x[from] + (this.#x[to] - this.#x[from]) * way;
          const y = this.#y[from] + (this.#y[to] - this.#y[from]) * way;
          if (size > 2 * SMALLEST_CIRCLE * ratio) this.#circle(context, x, y, size / 2);
          else context.fillRect(x - size / 2, y - size / 2, size, size);
        }
      }
    }
  }

  #dot(context: CanvasRenderingContext2D, node: number, factor: number): void {
    const radius = this.#radius[this.#tree.level[node]] * factor;
    if (radius >= SMALLEST_CIRCLE * this.#layers.ratio) {
      this.#circle(context, this.#x[node], this.#y[node], radius);
    } else {
      context.fillRect(this.#x[node] - radius, this.#y[node] - radius, 2 * radius, 2 * radius);
    }
  }

  #circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
    context.beginPath();
    context.arc(x, y, radius, 0, FULL_CIRCLE);
    context.fill();
  }

  #ring(context: CanvasRenderingContext2D, node: number, gap: number, style: string): void {
    const radius = this.#radius[this.#tree.level[node]] + gap;
    context.strokeStyle = style;
    context.lineWidth = 1.25 * this.#layers.ratio;
    context.beginPath();
    context.arc(this.#x[node], this.#y[node], radius, 0, FULL_CIRCLE);
    context.stroke();
  }
}
