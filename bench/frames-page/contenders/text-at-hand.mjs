/**
 * The yardstick: a worker that has a text at hand and puts it into IndexedDB once a second, and
 * nothing else. The page records nothing.
 */

/** What runs in the worker. */
function keepWriting() {
  const opening = indexedDB.open('text-at-hand');
  opening.onupgradeneeded = () => opening.result.createObjectStore('store');
  opening.onsuccess = () => {
    let written = 0;
    // As hard to compress as that of a collector: IndexedDB does that.
    const line = (_, i) =>
      `many_total{method="method-${i % 100}",route="/route/${i}"} ${(i * 7919) % 1000}\n`;
    const known = new TextEncoder().encode(Array.from({ length: self.series }, line).join(''));
    const write = () => {
      const text = known.slice();
      text[0] = 65 + (written & 15);
      const transaction = opening.result.transaction('store', 'readwrite');
      transaction.objectStore('store').put(text, 'text');
      transaction.oncomplete = () => postMessage(++written);
    };
    write();
    setInterval(write, 1000);
  };
}

/** @type {import('./list.mjs').Open} */
export function open({ methods }) {
  let written = 0;
  let worker;
  return {
    record() {},
    start() {
      const code = `self.series = ${methods.length}; (${keepWriting})();`;
      worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
      worker.onmessage = ({ data }) => {
        written = data;
      };
    },
    stop() {
      worker.terminate();
      return written;
    },
    read: () => undefined,
  };
}
