import { type Labels, shown, textOf } from '../../model.ts';
import { FLAG, type Rule } from '../../options.ts';
import { BoundSeries, type SeriesOwner } from '../bound-series.ts';
import type { Collect, CollectedSeries, Fixed } from '../collected-kind.ts';
import { NO_UNIT, optionsWith, wrong } from '../definition.ts';
import type { LabelArguments, LabelSet } from '../labels.ts';
import { Metric } from '../metric.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import {
  areStates,
  isOn,
  MAX_STATES,
  STATES_PER_WORD,
  STATES_TIME,
  STATES_WORDS,
  type StateSetShape,
  stateSetKind,
} from './shape.ts';

/** The options of `registerStateSet()`. */
export interface StateSetOptions<
  S extends string = string,
  N extends string = string,
  Set = unknown,
> extends Omit<MetricOptions<N>, 'unit'> {
  /** The names of all states. Until something else is set, the first one is on. */
  states: readonly S[];
  /** Whether several states may be on at a time, or none. Otherwise exactly one is. */
  multiple?: boolean | undefined;
  /**
   * Called just before a collection run or scrape reads the state set. What it returns, or resolves to, is
   * the name of the state that is on, or a list of series with their states. Series of this thread that are
   * not in the list are removed.
   */
  collect?:
    | Collect<Set, CollectedSeries<N, { readonly value: OneOrSeveral<Fixed<S>> }, Fixed<S>>>
    | undefined;
}

type OneOrSeveral<S> = S | readonly S[];

/** The states that this thread has set in one series. */
export interface StateSetValue<S extends string = string> {
  /** Whether each state is on. */
  readonly states: Readonly<Record<S, boolean>>;
  /** The labels of the series. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/**
 * One series of a state set.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const phases = collector.registerStateSet('phase', 'What each worker does', {
 *   states: ['idle', 'busy'],
 *   labelNames: ['worker'],
 * });
 * phases.labels({ worker: 'a' }).set('busy');
 * console.log(phases.getValue({ worker: 'a' }).states);
 * // -> { idle: false, busy: true }
 * ```
 */
export class BoundStateSet<S extends string = string> extends BoundSeries {
  readonly #shape: StateSetShape;

  /** @internal */
  constructor(owner: SeriesOwner, shape: StateSetShape) {
    super(owner);
    this.#shape = shape;
  }

  /** Switches to this state: all others are off. */
  set(state: S): void {
    this.#change('set', state);
  }

  /** Switches this state on and leaves the others as they are. The set must allow several. */
  enable(state: S): void {
    this.#change('enable', state, true);
  }

  /** Switches this state off and leaves the others as they are. The set must allow several. */
  disable(state: S): void {
    this.#change('disable', state, false);
  }

  #change(action: string, state: S, on?: boolean): void {
    const { states, multiple } = this.#shape;
    const number = states.indexOf(state);
    if (number < 0 || this.address < 0 || (on !== undefined && !multiple)) {
      const remedy = number < 0 ? `the states are ${shown(states)}` : 'it needs multiple: true';
      this.refuse(action, textOf(state), remedy);
      return;
    }
    const { cells, index } = this;
    const first = index + STATES_WORDS;
    const word = first + Math.floor(number / STATES_PER_WORD);
    const bit = 2 ** (number % STATES_PER_WORD);
    // RACE: this is the only writer of these cells. One store switches from one state to the other, so a
    // reader never sees two or none. Only if several may be on, and there are more than fit one word, a
    // reader may see `set` half done.
    if (!multiple) cells[first] = number;
    else if (on === undefined) {
      cells.fill(0, first, word);
      cells.fill(0, word + 1, index + this.owner.blockSize);
      cells[word] = bit;
    } else if (this.isOn(number) !== on) cells[word]! += on ? bit : -bit;
    // RACE: the time is stored last, and must not be 0: see TimedGauge.
    cells[index + STATES_TIME] = performance.timeOrigin + performance.now() || 1;
  }

  /** @internal Whether a state is on, by its number. In a series without cells it is as at the start. */
  isOn(state: number): boolean {
    return isOn(this.#shape, state, this.cells, this.index + STATES_WORDS);
  }
}

/**
 * Which of several states something is in.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const phase = collector.registerStateSet('phase', 'What it does', { states: ['idle', 'busy'] });
 * phase.set('busy');
 * console.log(phase.getValue().states);
 * // -> { idle: false, busy: true }
 * ```
 */
export class StateSet<S extends string = string, N extends string = string> extends Metric<
  N,
  BoundStateSet<S>,
  'stateset'
> {
  /** Switches to this state: all others are off. */
  set(state: S, ...labels: LabelArguments<N>): void;
  set(state: S, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).set(state);
  }

  /** Switches this state on and leaves the others as they are. The set must allow several. */
  enable(state: S, ...labels: LabelArguments<N>): void;
  enable(state: S, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).enable(state);
  }

  /** Switches this state off and leaves the others as they are. The set must allow several. */
  disable(state: S, ...labels: LabelArguments<N>): void;
  disable(state: S, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).disable(state);
  }

  /** What this thread has set; the state at the start if it has no such series. */
  getValue(...labels: LabelArguments<N>): StateSetValue<S>;
  getValue(labels?: LabelSet<N>): StateSetValue {
    const series = this.existing(labels) ?? this.refused;
    const { states } = this.shape;
    return {
      states: Object.fromEntries(states.map((state, i) => [state, series.isOn(i)])),
      labels: this.fullLabels(labels),
      timestamp: Date.now() / 1000,
    };
  }

  /** @internal */
  protected override bind(): BoundStateSet<S> {
    return new BoundStateSet(this, this.shape);
  }

  /** @internal */
  get shape(): StateSetShape {
    return this.definition.shape as StateSetShape;
  }
}

/** Of all options `null` means that it was not given. */
const MULTIPLE: Rule = [(value) => value === null || FLAG[0](value), FLAG[1]];

export const recordingStateSet: RecordingKind<StateSet, StateSetShape> = {
  ...stateSetKind,
  options: { ...optionsWith('states'), unit: NO_UNIT, multiple: MULTIPLE },
  shape(name, { states, multiple }: Partial<StateSetOptions>) {
    if (areStates(states)) return { states: [...states], multiple: !!multiple };
    const remedy = `give 1 to ${MAX_STATES} different texts, none empty`;
    throw wrong('invalid_states', states, `are no states of ${name}`, remedy);
  },
  metric: StateSet,
};
