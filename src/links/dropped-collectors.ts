/**
 * Collectors that have something to do, such as answering scrapes. They are held here until they are done.
 * An application may drop its collector without `shutdown()`. Timers and a worker would hold it for ever,
 * so they refer to it weakly, and end when the engine has collected it.
 */
const busy = new Set<object>();

const ends = new FinalizationRegistry<readonly (() => void)[]>((all) => {
  for (const end of all) end();
});

/** Holds `user` as long as it is busy. */
export function holdWhile(isBusy: boolean, user: object): void {
  if (isBusy) busy.add(user);
  else busy.delete(user);
}

const held = new WeakMap<object, object[]>();

/**
 * Returns the same methods for callers that must not keep `user`, the owner of `target`, alive. The methods
 * do nothing once `user` is collected.
 */
export function weakMethods<T extends object>(target: T, user: object): T {
  held.set(user, [...(held.get(user) ?? []), target]);
  const weak = new WeakRef<Record<string, (...args: unknown[]) => unknown>>(target as never);
  const methods = Object.keys(target).map((method) => [
    method,
    async (...args: unknown[]) => weak.deref()?.[method]?.(...args),
  ]);
  return Object.fromEntries(methods);
}

/** Calls these functions once `user` is collected. They must not refer to it. */
export function onceDropped(user: object, all: readonly (() => void)[]): void {
  ends.register(user, all);
}

/** Returns a function that closes the channel. It is made here so that its closure holds nothing else. */
export function closerOf(channel: { close(): void }): () => void {
  return () => channel.close();
}
