import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../../src/collector/heartbeat.ts';

describe('the silence of a thread', () => {
  it('is counted from its last beat, whatever its clock began at', () => {
    for (const origin of [-1e6, 0, 1.7e9]) {
      const heartbeat = new Heartbeat();
      heartbeat.silence(origin, 100);
      expect(heartbeat.silence(origin + 10, 110)).toBe(0);
      expect(heartbeat.silence(origin + 10, 115)).toBe(5);
      // Nobody has looked for long, but it is still known when the thread last beat.
      expect(heartbeat.silence(origin + 100, 230)).toBe(30);
      expect(heartbeat.silence(origin + 131, 231)).toBe(0);
    }
  });

  it('is none where it is not watched, nor after that', () => {
    const heartbeat = new Heartbeat();
    heartbeat.silence(0, 0);
    expect(heartbeat.silence(Infinity, 50)).toBe(0);
    expect(heartbeat.silence(60, 60)).toBe(0);
    expect(heartbeat.silence(60, 63)).toBe(3);
  });

  it('is not that of a clock which runs otherwise, or has been put back', () => {
    const heartbeat = new Heartbeat();
    heartbeat.silence(0, 0);
    heartbeat.silence(10, 10);
    // An hour is missing from the thread's clock. It shows with the second beat since.
    heartbeat.silence(11, 3611);
    expect(heartbeat.silence(12, 3612)).toBe(0);
    expect(heartbeat.silence(12, 3614)).toBe(2);
    expect(heartbeat.silence(5, 3615)).toBe(0);
    expect(heartbeat.silence(5, 3617)).toBe(2);
  });
});
