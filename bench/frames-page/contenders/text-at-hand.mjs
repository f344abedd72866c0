/**
 * The yardstick: a worker that has a ready text and only puts it into IndexedDB once a second. The page
 * records nothing.
 */

/** What runs in the worker. */
function keepWriting() {
  const opening = indexedDB.open('text-at-hand');
  opening.onupgradeneeded = () => opening.result.createObjectStore('store');
  opening.onsuccess = () => {
    let written = 0;
    // The text is as hard to compress as a collector's, since IndexedDB compresses it.
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
