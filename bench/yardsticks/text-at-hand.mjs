/** An answer over HTTP whose text is ready: a scrape without the work of one. */
import { createServer } from 'node:http';
import { MANY } from '../inputs.mjs';

const PIECES = 10_000;

/** @param {string[]} names  each series with its labels, as exposed */
function render(names, values) {
  const pieces = [];
  for (let from = 0; from < names.length; from += PIECES) {
    const piece = names.slice(from, from + PIECES);
    pieces.push(Buffer.from(piece.map((name, i) => `${name} ${values[from + i]}\n`).join('')));
  }
  return Buffer.concat(pieces);
}

async function listen(text) {
  const server = createServer((_request, response) => response.end(text()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/metrics`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({
  works: {},
  createSeries({ methods, routes }) {
    const names = methods.map((method, i) => `${MANY}{method="${method}",route="${routes[i]}"}`);
    const values = new Float64Array(names.length);
    let text = Buffer.alloc(0);
    return {
      touch(count, every = 1) {
        for (let i = 0; i < count; i += every) values[i] += 1;
        text = render(names, values);
      },
      serve: () => listen(() => text),
    };
  },
  close() {},
});
