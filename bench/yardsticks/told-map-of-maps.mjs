/**
 * The least that a series can be if another thread is told of it at once. It is an entry in a Map of Maps,
 * a cell in shared memory, and a record in a shared journal. The record has its place, and its labels by
 * the numbers of texts that were written before.
 */
import { heldOf } from '../harness/check.mjs';

const WORDS_OF_RECORD = 5;

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({
  works: {},
  createSeries({ methods, routes }) {
    const most = methods.length;
    const cells = new Float64Array(new SharedArrayBuffer(8 * most));
    const journal = new Int32Array(new SharedArrayBuffer(4 * (1 + WORDS_OF_RECORD * most)));
    /** @type {Map<string, Map<string, number>>} */
    const byMethod = new Map();
    /** @type {Map<string, number>} */
    const texts = new Map();
    let end = 1;
    let series = 0;

    function number(text) {
      const known = texts.get(text);
      if (known !== undefined) return known;
      texts.set(text, texts.size);
      return texts.size - 1;
    }

    function create(method, route) {
      const place = series++;
      const first = number(method);
      const second = number(route);
      journal[end] = WORDS_OF_RECORD;
      journal[end + 1] = 1;
      journal[end + 2] = place;
      journal[end + 3] = first;
      journal[end + 4] = second;
      end += WORDS_OF_RECORD;
      Atomics.store(journal, 0, end);
      return place;
    }

    function increment(method, route) {
      let byRoute = byMethod.get(method);
      if (!byRoute) byMethod.set(method, (byRoute = new Map()));
      let place = byRoute.get(route);
      if (place === undefined) byRoute.set(route, (place = create(method, route)));
      cells[place] += 1;
    }

    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) increment(methods[i], routes[i]);
      },
      scrape: async () => cells.slice(0, series),
      count: heldOf,
    };
  },
  close() {},
});
