import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { nodeBuiltin } from '../../../platform/node-builtin.ts';

/** Where the active context is kept. */
interface Store {
  get(): Context | undefined;
  run<T>(context: Context, work: () => T): T;
}

/** Follows asynchronous calls, where the runtime can: Node, Deno, Bun, and workerd with `nodejs_compat`. */
function followingStore(): Store | undefined {
  const { AsyncLocalStorage } = nodeBuiltin('node:async_hooks') ?? {};
  if (!AsyncLocalStorage) return undefined;
  const storage = new AsyncLocalStorage<Context>();
  return { get: () => storage.getStore(), run: (context, work) => storage.run(context, work) };
}

/** Knows what was called in one go. Behind an `await` the context is that of whoever runs then. */
function stackStore(): Store {
  let active: Context | undefined;
  return {
    get: () => active,
    run(context, work) {
      const before = active;
      active = context;
      try {
        return work();
      } finally {
        active = before;
      }
    },
  };
}

/**
 * Returns a manager of contexts, for `context.setGlobalContextManager()`. In servers it follows asynchronous calls. In
 * pages nothing can do so without replacing what the page calls, so there it holds within one synchronous call; zone.js
 * can be had with OpenTelemetry's `ZoneContextManager` instead.
 * @example
 * ```ts
 * import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
 * import { contextManager } from 'utilityfog-telemetry/opentelemetry';
 *
 * const manager = contextManager().enable();
 * const user = createContextKey('user');
 * const context = ROOT_CONTEXT.setValue(user, 'ada');
 * console.log(manager.with(context, () => manager.active().getValue(user)));
 * // -> ada
 * manager.disable();
 * ```
 */
export function contextManager(): ContextManager {
  let store: Store | undefined;
  /** The emitters that are bound. Binding one again and again must not wrap its methods each time. */
  const emitters = new WeakSet<object>();
  const enabled = (): Store => {
    store ??= followingStore() ?? stackStore();
    return store;
  };
  const manager: ContextManager = {
    active: () => store?.get() ?? ROOT_CONTEXT,
    with: (context, work, owner, ...args) =>
      enabled().run(context, () => work.apply(owner as never, args)),
    bind<T>(context: Context, target: T): T {
      if (typeof target === 'function') return bound(manager, context, target as never) as T;
      if (isEmitter(target) && !emitters.has(target)) {
        emitters.add(target);
        bindEmitter(manager, context, target);
      }
      return target;
    },
    enable() {
      enabled();
      return manager;
    },
    disable() {
      store = undefined;
      return manager;
    },
  };
  return manager;
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

function bound(manager: ContextManager, context: Context, target: AnyFunction): AnyFunction {
  const inside = function (this: unknown, ...args: unknown[]) {
    return manager.with(context, () => target.apply(this, args));
  };
  // Frameworks look at how many arguments a function takes.
  return Object.defineProperty(inside, 'length', { value: target.length, configurable: true });
}

interface Emitter {
  on(event: string, listener: AnyFunction): unknown;
  removeListener(event: string, listener: AnyFunction): unknown;
}
const ADDING = ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'];
const REMOVING = ['removeListener', 'off'];

const isEmitter = (target: unknown): target is Emitter =>
  typeof (target as Emitter | null)?.on === 'function' &&
  typeof (target as Emitter).removeListener === 'function';

/** Binds the listeners that are added from now on, and finds them again when they are removed. */
function bindEmitter(manager: ContextManager, context: Context, target: Emitter): void {
  const emitter = target as unknown as Record<string, AnyFunction>;
  const known = new WeakMap<AnyFunction, AnyFunction>();
  // `once` of Node calls `on` with a listener of its own, which must not be bound again.
  let isInside = false;
  const wrap = (name: string, change: (listener: AnyFunction) => AnyFunction) => {
    const method = emitter[name];
    if (typeof method !== 'function') return;
    emitter[name] = function (event: unknown, listener: unknown) {
      if (isInside) return method.call(this, event, listener);
      isInside = true;
      try {
        return method.call(this, event, change(listener as AnyFunction));
      } finally {
        isInside = false;
      }
    };
  };
  for (const name of ADDING) {
    wrap(name, (listener) => {
      const inside = known.get(listener) ?? bound(manager, context, listener);
      known.set(listener, inside);
      return inside;
    });
  }
  for (const name of REMOVING) wrap(name, (listener) => known.get(listener) ?? listener);
}
