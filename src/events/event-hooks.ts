import { textOf } from '../model.ts';
import { onRejection } from '../platform/realm.ts';

/** A callback that is called synchronously with each event of a type. */
export type Hook<T> = (event: T) => unknown;

/** Counts a failure, and reports it at most once a minute per topic. */
interface HookHost {
  fail(reason: string, message: string, topic: string): void;
}

/** Where the callbacks for deliveries are kept. In messages it stands for them, and no event is called so. */
export const DELIVERY_HOOK = 'onDelivery()';

/** The callbacks of an application, by event name. */
export class EventHooks {
  readonly #hooks = new Map<string, Set<Hook<never>>>();
  readonly #active = new Set<string>();
  readonly #host: HookHost;

  constructor(host: HookHost) {
    this.#host = host;
  }

  add<T>(type: string, hook: Hook<T>): () => void {
    const hooks = this.#hooks.get(type) ?? new Set();
    this.#hooks.set(type, hooks.add(hook));
    return () => this.remove(type, hook);
  }

  remove<T>(type: string, hook: Hook<T>): void {
    const hooks = this.#hooks.get(type);
    hooks?.delete(hook);
    if (hooks?.size === 0) this.#hooks.delete(type);
  }

  has(type: string): boolean {
    return this.#hooks.has(type);
  }

  /**
   * Calls the hooks of a type. Never throws. If a hook records an event of a type whose hooks are running,
   * none of these is called for it.
   */
  run<T>(type: string, event: T): void {
    const hooks = this.#hooks.get(type);
    if (!hooks || this.#active.has(type)) return;
    this.#active.add(type);
    for (const hook of [...hooks]) {
      try {
        onRejection((hook as Hook<T>)(event), (error) => this.#failed(type, error));
      } catch (error) {
        this.#failed(type, error);
      }
    }
    this.#active.delete(type);
  }

  #failed(type: string, error: unknown): void {
    this.#host.fail('hook', `a "${type}" hook failed: ${textOf(error)}`, `hook ${type}`);
  }
}
