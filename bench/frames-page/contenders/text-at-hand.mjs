/**
 * The yardstick: a worker that has a text at hand and puts it into IndexedDB once a second, and
 * nothing else. The page records nothing.
 */

/** Bytes that 100,000 series take, more or less. */
const BYTES = 5_400_000;

/** What runs in the worker. */
function keepWriting() {
  const opening = indexedDB.open('text-at-hand');
  opening.onupgradeneeded = () => opening.result.createObjectStore('store');
  opening.onsuccess = () => {
    let written = 0;
    const write = () => {
      // Each time another text, as that of a collector would be.
      const text = new Uint8Array(self.bytes).fill(written & 127);
      const transaction = opening.result.transaction('store', 'readwrite');
      transaction.objectStore('store').put(text, 'text');
      transaction.oncomplete = () => postMessage(++written);
    };
    write();
    setInterval(write, 1000);
  };
}

/** @type {import('./list.mjs').Open} */
export function open() {
  let written = 0;
  let worker;
  return {
    record() {},
    start() {
      const code = `self.bytes = ${BYTES}; (${keepWriting})();`;
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
