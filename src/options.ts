import { TelemetryError, textOf } from './model.ts';

/** What a value must be, as a check and in words, and whether it must be given. */
export type Rule = readonly [sound: (value: unknown) => unknown, demand: string, required?: true];

/** A rule for each option. */
export type Rules<O> = { readonly [K in keyof O]-?: Rule };

/** The longest time that a timer can wait. Seconds. */
const LONGEST = 2_147_483;
/** Names of options that are probably meant to keep somebody out. */
const PROTECTS = /bea?r|tok|auth|secret|passw|cred|key|cert|tls/i;

const ofType =
  (type: string) =>
  (value: unknown): boolean =>
    typeof value === type && value !== '' && value !== null && !Array.isArray(value);

export const isWhole = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export const FUNCTION: Rule = [/* @__PURE__ */ ofType('function'), 'a function'];
export const FLAG: Rule = [/* @__PURE__ */ ofType('boolean'), 'true or false'];
export const TEXT: Rule = [/* @__PURE__ */ ofType('string'), 'a text, not empty'];
export const OBJECT: Rule = [/* @__PURE__ */ ofType('object'), 'an object'];
export const SECONDS: Rule = [
  (value) => typeof value === 'number' && value > 0 && value <= LONGEST,
  // Bundlers keep a text that is put together, even if nobody uses it.
  'a positive number of seconds, 2147483 at most',
];
export const oneOf = (...values: readonly unknown[]): Rule => [
  (value) => values.includes(value),
  `one of ${values.join(', ')}`,
];
/** Demands an object with these methods. */
export const withMethods = (...methods: readonly string[]): Rule => [
  (value) => methods.every((name) => FUNCTION[0]((value as never)?.[name])),
  `an object with ${methods.join('(), ')}()`,
];
export const COLLECTOR = /* @__PURE__ */ withMethods('registerCounter');
export const EXPORTER = /* @__PURE__ */ withMethods('exportMetrics');

/**
 * Checks a value.
 * @throws TelemetryError `invalid_option` if it is not sound
 */
export function check(option: string, value: unknown, [sound, demand]: Rule): void {
  if (readOption(option, () => sound(value))) return;
  // The value may be a real token or password with a small fault, so it is not shown.
  const text = /Token|Auth|headers/.test(option) ? '' : ` "${textOf(value).slice(0, 40)}"`;
  fail(`${option} must be ${demand}; got ${typeof value}${text}`);
}

/**
 * Checks options. Returns those that were given, and nothing that every object has inherited. Only
 * `undefined` means that an option was left out.
 *
 * @param what the function or class that takes the options
 * @param warn is called with a message for each unknown option
 * @throws TelemetryError `invalid_option` if an option is not sound, or if it is unknown and was probably
 * meant to keep somebody out
 */
export function checked<O extends object>(
  what: string,
  options: O | null | undefined,
  rules: Rules<O>,
  warn: (message: string) => void = console.warn,
): O {
  const subject = `${what} options`;
  check(subject, options ?? {}, OBJECT);
  // What is returned inherits nothing, either.
  const taken = { __proto__: null } as Record<string, unknown>;
  readOption(subject, () => {
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

/** Returns what `read` returns. It reads objects of the application, whose getters and proxies may throw. */
export function readOption<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    fail(`${what} cannot be read: ${textOf(error)}`);
  }
}

/** Returns all known names, sorted by how many pairs of letters they share with the given one. */
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
