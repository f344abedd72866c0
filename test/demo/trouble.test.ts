// @vitest-environment happy-dom
/** Tests what the demo says while it does not start. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { tellTrouble } from '../../demo/start/trouble.ts';

const WAITING = 'The demo is still waiting for its worker.';
const MISSING =
  'The demo cannot start. A file of it could not be loaded. Is its server still running?';
const told = () => document.getElementById('trouble')!.textContent;
const fail = () => document.querySelector('script')!.dispatchEvent(new Event('error'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  document.body.innerHTML =
    '<span id="link"></span><p id="trouble" hidden></p><script type="none"></script>';
  tellTrouble();
  onTestFinished(() => {
    dispatchEvent(new Event('demo-started'));
    vi.useRealTimers();
  });
});

test('a failure is told of, also after it was waited for long', () => {
  vi.advanceTimersByTime(10_000);
  expect(told()).toBe(WAITING);
  fail();
  expect(told()).toBe(MISSING);
});

test('a failure stays, however long it is waited for, and whatever fails then', () => {
  fail();
  vi.advanceTimersByTime(10_000);
  dispatchEvent(new ErrorEvent('error', { error: new Error('another') }));
  expect(told()).toBe(MISSING);
});
