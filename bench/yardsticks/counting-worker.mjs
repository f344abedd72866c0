/**
 * A worker that counts the messages it gets. It is Node's kind of worker if there is one, and else the
 * web's.
 */

const PROGRAM = `
  const count = (post) => {
    let messages = 0;
    return (value) => {
      if (value === 'how many') post(messages);
      else if (value.verified) messages++;
    };
  };`;

const NODE = `${PROGRAM}
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', count((messages) => parentPort.postMessage(messages)));`;

const WEB = `${PROGRAM}
  const take = count((messages) => postMessage(messages));
  onmessage = ({ data }) => take(data);`;

async function startInNode() {
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(NODE, { eval: true });
  worker.unref();
  const arrived = () =>
    new Promise((resolve, reject) => {
      worker.ref();
      worker.once('error', reject);
      worker.once('message', (count) => {
        worker.off('error', reject);
        worker.unref();
        resolve(count);
      });
      worker.postMessage('how many');
    });
  return { worker, arrived };
}

function startInPage() {
  const url = URL.createObjectURL(new Blob([WEB], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const arrived = () =>
    new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage('how many');
    });
  return { worker, arrived };
}

/** @returns {Promise<{ worker: Worker, arrived: () => Promise<number> }>} */
export const startCounting = async () => (globalThis.process ? startInNode() : startInPage());
