import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Follower } from '../links/link-runtime.ts';
import { nodeBuiltin } from '../platform/node-builtin.ts';

interface Work {
  isOver: boolean;
}

let storage: AsyncLocalStorage<Work> | undefined;
let underWay = 0;

/** Follows exports of the application in Node, Deno and Bun. */
export const nodeFollower: Follower = {
  async run(work) {
    const Storage = nodeBuiltin('node:async_hooks')?.AsyncLocalStorage;
    if (!Storage) return work();
    storage ??= new Storage();
    const one: Work = { isOver: false };
    underWay++;
    try {
      return await storage.run(one, work);
    } finally {
      // Timers that the work has set carry its mark for longer than it runs.
      one.isOver = true;
      // Up to Node 22 every promise of the application is slower while this storage is enabled.
      if (--underWay === 0) storage.disable?.();
    }
  },
  isWithin: () => storage?.getStore()?.isOver === false,
};
