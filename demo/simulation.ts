/**
 * A swarm of foglets: a fractal tree of nodes that pass messages, fail, heal and coordinate. It is
 * deterministic: the same seed, settings and number of steps give the same totals everywhere. It knows
 * neither a page nor the telemetry library, and only tells an `Instrument` what happens.
 */
import { Coordination } from './coordination.ts';
import { Random } from './random.ts';
import { type Instrument, Totals } from './totals.ts';
import { Traffic } from './traffic.ts';
import { deepest, Tree } from './tree.ts';
import { type Settings, STEPS_PER_SECOND, World } from './world.ts';

export const DEFAULTS: Readonly<Settings> = {
  branching: 3,
  depth: 8,
  traffic: 1,
  faultRate: 0.5,
};

/** After a pause of the browser the simulation goes on from where it was. It does not catch up. */
const MOST_STEPS_AT_ONCE = 24;

export class Simulation {
  readonly settings: Settings;
  readonly totals = new Totals();
  world!: World;
  coordination!: Coordination;
  #traffic!: Traffic;
  readonly #random: Random;
  readonly #instrument: Instrument;
  #owed = 0;

  constructor(instrument: Instrument, seed = 1, settings: Partial<Settings> = {}) {
    this.settings = { ...DEFAULTS, ...settings };
    this.#instrument = instrument;
    this.#random = new Random(seed);
    this.plant();
  }

  /** Plants a new tree by the settings. What was counted stays; messages on their way are lost. */
  plant(): void {
    const { settings, totals } = this;
    settings.depth = Math.min(settings.depth, deepest(settings.branching));
    const before = this.world;
    before?.clearMessages();
    const tree = new Tree(settings.branching, settings.depth);
    this.world = new World(tree, settings, this.#random, totals, this.#instrument);
    if (before) this.world.step = before.step;
    this.#traffic = new Traffic(this.world);
    this.coordination = new Coordination(this.world);
  }

  /** Simulates one sixtieth of a second. */
  step(): void {
    const { world } = this;
    world.step += 1;
    world.injectFaults();
    world.heal();
    this.#traffic.emit();
    this.#traffic.forward();
    this.coordination.coordinate();
    this.coordination.checkHealth();
    this.totals.steps += 1;
    this.#instrument.stepped();
  }

  /** Lets so many seconds pass. Returns the number of steps taken. */
  advance(seconds: number): number {
    this.#owed = Math.min(this.#owed + seconds * STEPS_PER_SECOND, MOST_STEPS_AT_ONCE);
    const steps = Math.floor(this.#owed);
    for (let i = 0; i < steps; i += 1) this.step();
    this.#owed -= steps;
    return steps;
  }

  /** How far it is from the last step to the next one: 0 just after a step, nearly 1 before the next. */
  get progress(): number {
    return this.#owed;
  }

  strike(node: number): number {
    return this.world.strike(node);
  }
}
