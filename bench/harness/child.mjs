/**
 * The side of the child: answers what the parent asks for, one question at a time.
 */

/**
 * @param {Record<string, (payload: never) => unknown>} handlers
 * @param {() => Promise<void> | void} close  lets go of everything; then the process ends by itself
 */
export function answer(handlers, close) {
  process.on('message', async ({ question, payload }) => {
    try {
      process.send({ reply: await handlers[question](payload) });
    } catch (error) {
      process.send({ error: error.stack ?? String(error) });
    }
  });
  process.on('disconnect', () => close());
}
