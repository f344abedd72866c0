/** What a page, a frame or a worker offers to the conformance suite. */

/** @param given `name`, `expected` and `options` as in the suite, and how its threads start */
export function placeOf({ threads, ...place }) {
  return {
    ...place,
    persist: {},
    destination: `${place.name}/`,
    read: readKey,
    thread: threads && ((port, options) => startThread(threads, port, options)),
  };
}

/** Reads an export back as the documentation tells applications to. */
async function readKey(key) {
  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await settled(indexedDB.open('utilityfog-telemetry'));
  try {
    const bytes = await settled(database.transaction('keyval').objectStore('keyval').get(key));
    return bytes && new TextDecoder().decode(bytes);
  } finally {
    database.close();
  }
}

async function startThread({ script, type }, port, options) {
  const worker = new Worker(script, { type });
  const answer = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  const joined = answer();
  worker.postMessage({ port, options }, [port]);
  const link = await joined;
  return {
    link,
    async leave() {
      const left = answer();
      worker.postMessage('leave');
      await left;
      worker.terminate();
    },
    terminate: async () => worker.terminate(),
  };
}
