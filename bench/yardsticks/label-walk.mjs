/**
 * The least that a look-up by labels can do if it checks what it is given: it follows the labels and
 * compares their values with those of the last time. It finds nothing and stores nothing.
 */
import { SETS } from '../inputs.mjs';

function labelWalk() {
  const { methods, routes } = SETS[1];
  const remembered = [methods[0], routes[0]];
  const isRemembered = (labels) => {
    let i = 0;
    for (const name in labels) {
      if (labels[name] !== remembered[i]) return false;
      i++;
    }
    return i === remembered.length;
  };
  let next = 0;
  let same = 0;
  return {
    run(n) {
      let k = next;
      for (let i = 0; i < n; i++) {
        const method = methods[k];
        const route = routes[k];
        if (isRemembered({ method, route })) same++;
        if (++k === methods.length) k = 0;
      }
      next = k;
    },
    read: () => ({ series: 1, total: same }),
  };
}

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({ works: { 'label-walk': labelWalk }, close() {} });
