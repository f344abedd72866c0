/**
 * The least that a series can be if it is found by its labels without a text made of them: an entry in
 * a map of one label's values, in a map of the other's. Its value is a number, and nothing else is kept.
 */
import { heldOf } from '../harness/check.mjs';

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({
  works: {},
  createSeries({ methods, routes }) {
    /** @type {Map<string, Map<string, number>>} */
    const byMethod = new Map();

    function increment(method, route) {
      let byRoute = byMethod.get(method);
      if (!byRoute) byMethod.set(method, (byRoute = new Map()));
      byRoute.set(route, (byRoute.get(route) ?? 0) + 1);
    }

    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) increment(methods[i], routes[i]);
      },
      scrape: async () => [...byMethod.values()].flatMap((byRoute) => [...byRoute.values()]),
      count: heldOf,
    };
  },
  close() {},
});
