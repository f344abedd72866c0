/**
 * What becomes of a collector that the application has dropped without `shutdown()`. Timers and a worker
 * would hold it for ever; so they know it weakly, and end when the engine has collected it. One that has
 * something to do, such as answering scrapes, is held until it has not.
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
 * The same methods, for those who must not keep `user`, which `target` belongs to: they do nothing once
 * it is collected.
 */
export function weakly<T extends object>(target: T, user: object): T {
  held.set(user, [...(held.get(user) ?? []), target]);
  const weak = new WeakRef<Record<string, (...args: unknown[]) => unknown>>(target as never);
  const methods = Object.keys(target).map((method) => [
    method,
    async (...args: unknown[]) => weak.deref()?.[method]?.(...args),
  ]);
  return Object.fromEntries(methods);
}

/** Calls these once `user` is collected; they must not know it. */
export function onceDropped(user: object, all: readonly (() => void)[]): void {
  ends.register(user, all);
}

/** A function of its own, so that it knows nothing else. */
export function closing(channel: { close(): void }): () => void {
  return () => channel.close();
}
