/**
 * The child's side: it answers what the parent asks, one question at a time. A process reads its questions
 * as lines of JSON; in a page they are calls of `answerTo`.
 */

const isPage = typeof process === 'undefined';

/** What the parent gave the child to begin with. @type {string[]} */
export const args = isPage
  ? JSON.parse(decodeURIComponent(location.hash.slice(1)))
  : process.argv.slice(2);

/**
 * @param {Record<string, (payload: never) => unknown>} handlers
 * @param {() => Promise<void> | void} close  lets go of everything; then the process ends by itself
 */
export async function answer(handlers, close) {
  const answerTo = async ({ question, payload }) => {
    try {
      return { reply: await handlers[question](payload) };
    } catch (error) {
      return { error: error.stack ?? String(error) };
    }
  };
  if (isPage) {
    globalThis.answerTo = answerTo;
    return;
  }
  const { createInterface } = await import('node:readline');
  const questions = createInterface({ input: process.stdin });
  questions.on('line', async (line) => {
    // Output of the engine or a contender may end in the middle of a line.
    process.stdout.write(`\n${JSON.stringify(await answerTo(JSON.parse(line)))}\n`);
  });
  questions.on('close', () => close());
}
