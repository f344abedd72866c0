import { quietly } from '../shared-metric.ts';

/** A method as it was, with whatever it takes. */
export type Original = (...args: never[]) => unknown;

/**
 * Puts `instead` in the place of a method. The replacement has the name, the length and the properties of the original,
 * and reads as native code, too.
 * @param instead gets the original, `this` and the arguments, and returns what the caller gets
 * @returns puts the original back. If somebody else has wrapped the method since, the replacement stays where it is,
 *   and only hands on.
 */
export function replaceMethod<Caller, Args extends unknown[]>(
  owner: object,
  name: string,
  instead: (original: Original, caller: Caller, args: Args) => unknown,
): () => void {
  const original = readQuietly(owner, name);
  if (typeof original !== 'function') return () => {};
  let isOn = true;
  const replacement = new Proxy(original as Original, {
    apply: (_, caller, args) =>
      isOn
        ? instead(original as Original, caller, args as Args)
        : Reflect.apply(original, caller, args),
  });
  // A page may have locked it. Then this does nothing.
  quietly(() => Reflect.set(owner, name, replacement));
  return () => {
    isOn = false;
    quietly(() => {
      if (Reflect.get(owner, name) === replacement) Reflect.set(owner, name, original);
    });
  };
}

/** Returns a property; `undefined` if a page has made it throw. */
function readQuietly(owner: object, name: string): unknown {
  try {
    return Reflect.get(owner, name);
  } catch {
    return undefined;
  }
}
