/** Tests when the exemplars of a thread are sent, with a timer that fires when the test says so. */
import { describe, expect, it } from 'vitest';
import { recordingCounter } from '../../src/kinds/counter/recording.ts';
import { Registry } from '../../src/metrics/registry.ts';
import type { SentExemplar } from '../../src/protocol/exemplar-batch.ts';

/** Makes a thread, and says what it sends. */
function makeThread() {
  const timers = new Set<() => void>();
  const sent: (readonly SentExemplar[])[] = [];
  const state = { isConnected: true, answer: () => Promise.resolve() };
  const registry = new Registry({
    ...{ shared: false, seriesLimit: 5000, onRegister() {}, onErasure() {} },
    logger: { warn() {}, error() {} },
    sendExemplars(batch) {
      if (!state.isConnected) return undefined;
      sent.push(batch);
      return state.answer();
    },
    after(_, run) {
      timers.add(run);
      return () => timers.delete(run);
    },
  });
  const fire = () => {
    for (const run of [...timers]) {
      timers.delete(run);
      run();
    }
  };
  const register = (exemplars?: () => { id: string } | undefined) =>
    registry.register(recordingCounter, 'a_total', '', {
      ...{ labelNames: ['n'], exemplars },
    } as object);
  const ids = () => sent.map((batch) => batch.map(([, , , , { labels }]) => labels.id));
  return { registry, register, timers, fire, sent, ids, state };
}

describe('the exemplars of a thread', () => {
  it('are sent together by one timer, which starts with the first', () => {
    const { register, timers, fire, ids } = makeThread();
    const counter = register();
    counter.increment(1, { n: 1 });
    expect(timers.size).toBe(0);
    for (const id of ['a', 'b', 'c']) {
      counter.increment(1, { n: id < 'c' ? 1 : 2 }, { exemplar: { id } });
    }
    expect([timers.size, ids()]).toEqual([1, []]);
    fire();
    expect([timers.size, ids()]).toEqual([0, [['b', 'c']]]);
    counter.increment(1, { n: 1 }, { exemplar: { id: 'd' } });
    fire();
    expect(ids()[1]).toEqual(['d']);
  });

  it('wait while there is no collector, the latest thousand of them', () => {
    const { register, fire, ids, state, registry } = makeThread();
    const counter = register();
    state.isConnected = false;
    for (let i = 0; i < 1200; i++) counter.increment(1, { n: i }, { exemplar: { id: `${i}` } });
    fire();
    expect(ids()).toEqual([]);
    state.isConnected = true;
    registry.exemplars.flush();
    expect(ids()).toEqual([Array.from({ length: 1000 }, (_, i) => `${200 + i}`)]);
    registry.exemplars.flush();
    expect(ids()).toHaveLength(1);
  });

  it('are lost without harm if the collector fails', async () => {
    const { register, fire, ids, state } = makeThread();
    state.answer = () => Promise.reject(new Error('gone'));
    register().increment(1, { n: 1 }, { exemplar: { id: 'a' } });
    fire();
    await Promise.resolve();
    expect(ids()).toEqual([['a']]);
  });

  it('are asked for again once the timer has fired, even if there were none', () => {
    const { register, fire, ids } = makeThread();
    let calls = 0;
    let given: { id: string } | undefined;
    const counter = register(() => {
      calls++;
      return given;
    });
    for (let i = 0; i < 100; i++) counter.increment(1, { n: 1 });
    expect(calls).toBe(16);
    given = { id: 'a' };
    fire();
    for (let i = 0; i < 100; i++) counter.increment(1, { n: 1 });
    expect(calls).toBe(17);
    fire();
    expect(ids()).toEqual([['a']]);
  });
});
