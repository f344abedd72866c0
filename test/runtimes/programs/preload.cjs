// The same as preload.mjs, for --require. Says so at once: a worker is used before a promise is kept.
const { appendFileSync } = require('node:fs');
const { threadId } = require('node:worker_threads');

appendFileSync(process.env.PRELOADS, `thread ${threadId}\n`);
globalThis.preloaded = import('./preload.mjs').then(() => globalThis.preloaded);
