import { TelemetryError, textOf } from './model.ts';

/** What a value must be, the same in words, and whether it must be given. */
export type Rule = readonly [sound: (value: unknown) => unknown, demand: string, required?: true];

/** A rule for each option that there is. */
export type Rules<O> = { readonly [K in keyof O]-?: Rule };

/** A timer cannot wait for longer. Seconds. */
const LONGEST = 2_147_483;
/** What is spelled like this is meant to keep somebody out. */
const PROTECTS = /bea?r|tok|auth|secret|passw|cred|key|cert|tls/i;

const ofType =
  (type: string) =>
  (value: unknown): boolean =>
    typeof value === type && value !== '' && value !== null && !Array.isArray(value);

export const isWhole = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export const FUNCTION: Rule = [ofType('function'), 'a function'];
export const FLAG: Rule = [ofType('boolean'), 'true or false'];
export const TEXT: Rule = [ofType('string'), 'a text, not empty'];
export const OBJECT: Rule = [ofType('object'), 'an object'];
export const SECONDS: Rule = [
  (value) => typeof value === 'number' && value > 0 && value <= LONGEST,
  `a positive number of seconds, ${LONGEST} at most`,
];
export const oneOf = (...values: readonly unknown[]): Rule => [
  (value) => values.includes(value),
  `one of ${values.join(', ')}`,
];
/** Something with these methods. */
export const having = (...methods: readonly string[]): Rule => [
  (value) => methods.every((name) => FUNCTION[0]((value as never)?.[name])),
  `an object with ${methods.join('(), ')}()`,
];
export const COLLECTOR = having('registerCounter');
export const EXPORTER = having('exportMetrics');

/** @throws TelemetryError `invalid_option`, unless the value is sound */
export function check(option: string, value: unknown, [sound, demand]: Rule): void {
  if (reading(option, () => sound(value))) return;
  // What is nearly a secret is not told.
  const text = /Token/.test(option) ? '' : ` "${textOf(value).slice(0, 40)}"`;
  fail(`${option} must be ${demand}; got ${typeof value}${text}`);
}

/**
 * The options that were given, and nothing that every object has inherited. Only `undefined` stands
 * for an option that was left out.
 *
 * @param what takes them
 * @param warn is told of options that there are not
 * @throws TelemetryError `invalid_option` for what is not sound, and for an unknown option that was
 * probably meant to keep somebody out
 */
export function checked<O extends object>(
  what: string,
  options: O | null | undefined,
  rules: Rules<O>,
  warn: (message: string) => void = console.warn,
): O {
  const subject = `${what} options`;
  check(subject, options ?? {}, OBJECT);
  // Nor does what is returned inherit anything.
  const taken = { __proto__: null } as Record<string, unknown>;
  reading(subject, () => {
    const all = (options ?? {}) as Record<string, unknown>;
    for (const [name, rule] of Object.entries<Rule>(rules)) {
      const value = name in {} && !Object.hasOwn(all, name) ? undefined : all[name];
      if (value !== undefined || rule[2]) check(`${what} ${name}`, value, rule);
      taken[name] = value;
    }
    for (const name of Object.keys(all)) {
      if (Object.hasOwn(rules, name)) continue;
      const message = `${what} has no option "${name.slice(0, 64)}"; did you mean ${nearest(name, taken)}?`;
      if (Object.hasOwn(rules, 'bearerToken') && PROTECTS.test(name)) fail(message);
      warn(message);
    }
  });
  return taken as O;
}

/** What `read` returns, which reads what the application gave: getters, and proxies, may throw. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    fail(`${what} cannot be read: ${textOf(error)}`);
  }
}

/** The name that shares most pairs of letters, and then the others. */
function nearest(given: string, known: object): string {
  const letters = given.toLowerCase();
  const shared = (name: string) =>
    [...name.toLowerCase()].filter((letter, i, all) => letters.includes(letter + all[i + 1]))
      .length;
  return Object.keys(known)
    .sort((a, b) => shared(b) - shared(a))
    .join(', ');
}

function fail(message: string): never {
  throw new TelemetryError('invalid_option', message);
}
