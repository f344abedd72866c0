/** Lets the user choose a subtree on the canvas, with a pointer or the keyboard, and strike it. */
import { integer } from './numbers.ts';
import type { Painter } from './painter.ts';
import type { Simulation } from './simulation.ts';

export class Aim {
  readonly #simulation: Simulation;
  readonly #painter: Painter;
  readonly #say: (text: string) => void;
  #node = -1;

  constructor(
    simulation: Simulation,
    painter: Painter,
    target: HTMLElement,
    say: (text: string) => void,
  ) {
    this.#simulation = simulation;
    this.#painter = painter;
    this.#say = say;
    target.addEventListener('pointermove', (event) => this.#point(event));
    target.addEventListener('pointerleave', () => this.clear());
    target.addEventListener('blur', () => this.clear());
    target.addEventListener('click', (event) => {
      this.#point(event);
      if (this.#node >= 0) this.strike();
    });
    target.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.#key(event.key)) event.preventDefault();
    });
  }

  clear(): void {
    this.#node = -1;
    this.#painter.focus(-1);
  }

  /** Strikes what is chosen, or else some cell of the swarm. */
  strike(): void {
    const { world, coordination } = this.#simulation;
    const { levelStart } = world.tree;
    const level = coordination.cellLevel;
    const random = Math.floor(Math.random() * world.tree.widthOf(level));
    const node = this.#node >= 0 ? this.#node : levelStart[level] + random;
    const struck = this.#simulation.strike(node);
    this.#say(`${integer(struck)} foglets struck down. They heal from the inside outwards.`);
  }

  #point(event: MouseEvent): void {
    const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.#choose(this.#painter.nodeAt(event.clientX - left, event.clientY - top));
  }

  #key(key: string): boolean {
    const { tree } = this.#simulation.world;
    const node = this.#node;
    const level = Math.max(0, tree.level[node] ?? 0);
    const first = tree.levelStart[level];
    const width = tree.widthOf(level);
    if (key === 'Escape') {
      this.clear();
    } else if ((key === 'Enter' || key === ' ') && node >= 0) {
      this.strike();
    } else if (!key.startsWith('Arrow')) {
      return false;
    } else if (node < 0) {
      this.#choose(0);
    } else if (key === 'ArrowUp') {
      this.#choose(Math.max(0, tree.parent[node]));
    } else if (key === 'ArrowDown') {
      this.#choose(tree.isLeaf(node) ? node : tree.firstChild(node));
    } else {
      const step = key === 'ArrowRight' ? 1 : width - 1;
      this.#choose(first + ((node - first + step) % width));
    }
    return true;
  }

  #choose(node: number): void {
    if (node === this.#node) return;
    this.#node = node;
    this.#painter.focus(node);
    if (node >= 0) this.#say(this.#describe(node));
  }

  #describe(node: number): string {
    const { tree, alive } = this.#simulation.world;
    let failed = 0;
    tree.eachRun(node, (first, end) => {
      for (let at = first; at < end; at += 1) failed += 1 - alive[at];
    });
    const level = tree.level[node];
    const place = `${node - tree.levelStart[level] + 1} of ${integer(tree.widthOf(level))}`;
    const size = tree.subtreeSize(node);
    const what = size === 1 ? '1 foglet' : `${integer(size)} foglets`;
    return `Level ${level}, branch ${place}: ${what}, ${integer(failed)} failed.`;
  }
}
