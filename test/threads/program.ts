/** Makes programs of threads from a seed: what an owner and joined threads do, one step after the other. */

export type Link = 'shared' | 'message';
export type Kind = 'counter' | 'histogram';

/** Steps are skipped if they cannot be done because others were left out. */
export type Step =
  | { readonly do: 'join'; readonly actor: number; readonly over: number; readonly link: Link }
  | {
      readonly do: 'record';
      readonly actor: number;
      readonly kind: Kind;
      readonly n: string;
      readonly amount: number;
    }
  | { readonly do: 'set'; readonly actor: number; readonly amount: number }
  | {
      readonly do: 'erase';
      readonly actor: number;
      readonly what: 'reset' | 'clear' | 'remove' | 'all';
      readonly kind: Kind;
      readonly n: string;
    }
  | {
      readonly do: 'flush' | 'block' | 'release' | 'shutdown' | 'terminate';
      readonly actor: number;
    }
  | { readonly do: 'kill'; readonly awaited: boolean }
  | { readonly do: 'pause'; readonly turns: number }
  | { readonly do: 'scrape' | 'settle' };

export interface Program {
  readonly link: Link;
  readonly persist: boolean;
  /** Whether everything is quiet when the owner ends; otherwise threads may be busy. */
  readonly quiet: boolean;
  readonly steps: readonly Step[];
}

const MAX_THREADS = 4;
const SERIES = ['x', 'y', 'z'];
/** How often each kind of step is made, relative to the others. */
const WEIGHTS = {
  record: 30,
  scrape: 14,
  flush: 9,
  pause: 8,
  join: 7,
  kill: 6,
  erase: 6,
  block: 5,
  release: 5,
  set: 4,
  settle: 3,
  shutdown: 2,
  terminate: 2,
} as const;

/** @param erases whether threads also reset, clear and remove what all have recorded */
export function programOf(seed: number, erases: boolean): Program {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const link = oneOf<Link>(['shared', 'message']);
  const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
    kind === 'erase' && !erases ? [] : Array(weight).fill(kind),
  );
  const living = [0];
  let joined = 0;

  const join = (): Step => {
    const step = {
      do: 'join' as const,
      actor: ++joined,
      over: oneOf(living),
      link: random() < 0.8 ? link : oneOf<Link>(['shared', 'message']),
    };
    living.push(step.actor);
    return step;
  };
  const end = (how: 'shutdown' | 'terminate'): Step => {
    const actor = oneOf(living.slice(1));
    living.splice(living.indexOf(actor), 1);
    return { do: how, actor };
  };
  const step = (kind: keyof typeof WEIGHTS): Step | undefined => {
    const actor = oneOf(living);
    const series = {
      actor,
      kind: oneOf<Kind>(['counter', 'counter', 'histogram']),
      n: oneOf(SERIES),
    };
    switch (kind) {
      case 'record':
        return { do: kind, ...series, amount: 1 + below(99) };
      case 'erase': {
        const what = oneOf(['reset', 'clear', 'remove', 'remove', 'all'] as const);
        return { do: kind, ...series, what };
      }
      case 'set':
        return { do: kind, actor, amount: below(100) };
      case 'join':
        return joined < MAX_THREADS ? join() : undefined;
      case 'shutdown':
      case 'terminate':
        return living.length > 1 ? end(kind) : undefined;
      case 'block':
      case 'release':
        return living.length > 1 ? { do: kind, actor: oneOf(living.slice(1)) } : undefined;
      case 'flush':
        return { do: kind, actor };
      case 'kill':
        return { do: kind, awaited: random() < 0.4 };
      case 'pause':
        return { do: kind, turns: below(60) };
      default:
        return { do: kind };
    }
  };
  const steps = [join(), join()];
  const length = 25 + below(25);
  while (steps.length < length) {
    const next = step(oneOf(kinds));
    if (next) steps.push(next);
  }
  return { link, persist: random() < 0.5, quiet: random() < 0.5, steps };
}

/** Returns numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function textOfProgram({ steps, ...how }: Program): string {
  return [how, ...steps].map((line) => JSON.stringify(line)).join('\n');
}
