import { join } from '/conformance/joined-thread.mjs';

/** Joins when the port comes, and leaves when it is told to. */
export function answerWith(telemetry) {
  let joined;
  self.onmessage = async ({ data }) => {
    if (data === 'leave') {
      postMessage(await joined.leave());
      return;
    }
    joined = await join(telemetry, data.port, data.options);
    postMessage(joined.link);
  };
}
