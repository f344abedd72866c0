// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { instrumentBrowser } from '../../src/hooks/browser-metrics.ts';
import { makeCollector, sampleOf } from '../collectors.ts';

/** Lets the test say what the browser has seen. */
class FakeObserver {
  static supportedEntryTypes = ['longtask', 'navigation'];
  static readonly all: FakeObserver[] = [];
  options: PerformanceObserverInit | undefined;
  readonly #callback: (list: { getEntries(): object[] }) => void;

  constructor(callback: (list: { getEntries(): object[] }) => void) {
    this.#callback = callback;
    FakeObserver.all.push(this);
  }

  observe(options: PerformanceObserverInit): void {
    this.options = options;
  }

  static tell(type: string, ...entries: object[]): void {
    for (const observer of FakeObserver.all) {
      if (observer.options?.type === type) observer.#callback({ getEntries: () => entries });
    }
  }
}

type Instrumented = Parameters<typeof instrumentBrowser>[0];

function instrumented() {
  const collector = makeCollector();
  for (const group of ['frames', 'longTasks', 'pageLoad', 'memory'] as const) {
    instrumentBrowser(collector as unknown as Instrumented, group, '');
  }
  return collector;
}

afterEach(() => {
  vi.unstubAllGlobals();
  FakeObserver.all.length = 0;
});

describe('the metrics of a browser', () => {
  it('observe the time between frames, and not the pause of a hidden page', async () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
    const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
    const collector = instrumented();
    const drawAt = (time: number) => frames.shift()!(time);
    for (const time of [100, 116, 132, 182]) drawAt(time);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_count')).toBe(3);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_sum')).toBeCloseTo(0.082);
    visibility.mockReturnValue('hidden');
    drawAt(200);
    visibility.mockReturnValue('visible');
    drawAt(900);
    drawAt(90_000);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_count')).toBe(4);
    collector.unregister('browser_frame_duration_seconds');
    drawAt(90_016);
    expect(frames).toEqual([]);
  });

  it('observe a page that freezes for seconds, unless it was hidden meanwhile', async () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
    const collector = instrumented();
    const drawAt = (time: number) => frames.shift()!(time);
    drawAt(0);
    drawAt(8000);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_sum')).toBe(8);
    for (const [le, count] of [
      ['5', 0],
      ['10', 1],
    ] as const) {
      expect(await sampleOf(collector, 'browser_frame_duration_seconds_bucket', { le })).toBe(
        count,
      );
    }
    document.dispatchEvent(new Event('visibilitychange'));
    drawAt(20_000);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_count')).toBe(1);
    drawAt(20_016);
    expect(await sampleOf(collector, 'browser_frame_duration_seconds_count')).toBe(2);
  });

  it('observe long tasks and page load', async () => {
    vi.stubGlobal('PerformanceObserver', FakeObserver);
    const collector = instrumented();
    expect(FakeObserver.all.every(({ options }) => options?.buffered)).toBe(true);
    FakeObserver.tell('longtask', { duration: 60 }, { duration: 300 });
    FakeObserver.tell('navigation', {
      responseStart: 100,
      domContentLoadedEventEnd: 500,
      loadEventEnd: 800,
    });
    expect(await sampleOf(collector, 'browser_long_task_duration_seconds_count')).toBe(2);
    expect(await sampleOf(collector, 'browser_long_task_duration_seconds_sum')).toBeCloseTo(0.36);
    for (const [stage, seconds] of Object.entries({
      response_start: 0.1,
      dom_content_loaded: 0.5,
      load: 0.8,
    })) {
      expect(await sampleOf(collector, 'browser_page_load_seconds', { stage })).toBe(seconds);
    }
    // What Firefox tells of a quick answer.
    FakeObserver.tell('navigation', { responseStart: -1 });
    const stage = 'response_start';
    expect(await sampleOf(collector, 'browser_page_load_seconds', { stage })).toBe(0);
  });

  it('read the heap where the browser tells it', async () => {
    const now = performance.now.bind(performance);
    vi.stubGlobal('performance', { now, memory: { usedJSHeapSize: 5e6 } });
    const collector = instrumented();
    expect(await sampleOf(collector, 'browser_heap_used_bytes')).toBe(5e6);
  });

  it('register nothing that the browser does not offer', () => {
    vi.stubGlobal('PerformanceObserver', undefined);
    vi.stubGlobal('requestAnimationFrame', undefined);
    const collector = instrumented();
    expect([...collector.getAllMetrics().keys()]).toEqual([]);
  });
});
