/**
 * Runs the simulation and measures each frame in two ways: when the browser called, which the display
 * paces, and for how long the thread was busy after that, which the pace would hide.
 */

/** @typedef {{ due: number, start: number, recording: number, end: number, free: number }} Frame */

/**
 * @param {() => void} work  the page's own
 * @param {(frame: number) => void} record  the telemetry's part of a frame
 */
export function startFrames(work, record) {
  /** @type {Frame[]} */
  const frames = [];
  let running = true;

  // A task that is queued at the end of the callback runs when everything before it is done: the painting
  // of this frame, and whatever else was waiting for the thread.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    frames[data].free = performance.now();
  };

  /** @param {number} due  when the frame began for the browser */
  function frame(due) {
    if (!running) return;
    const start = performance.now();
    work();
    const recording = performance.now();
    record(frames.length);
    const end = performance.now();
    port2.postMessage(frames.length);
    frames.push({ due, start, recording, end, free: end });
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);

  return {
    frames,
    stop() {
      running = false;
    },
  };
}
