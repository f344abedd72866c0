/** Tests that a port offers only the allowed methods, whoever holds it. The messages are made by hand. */
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptPort } from '../../src/links/accept-port.ts';
import {
  CONTROL_BYTES,
  CONTROL_VERSION,
  familyWord,
  headOf,
  LAYOUT_VERSION,
  RECORD_FAMILY,
  RECORD_SERIES,
  RECORD_TEXT,
  SEGMENT_FILLED,
} from '../../src/pages/journal-layout.ts';
import type { ThreadService } from '../../src/protocol/service.ts';
import { errors, joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

type Answer = { id: string; type: string; name?: string; value: unknown };

/** Speaks over a port as none of our threads does. */
function speaker(given: unknown) {
  const port = given as MessagePort;
  ports.push(port);
  const heard = new Map<string, (answer: Answer) => void>();
  const others: unknown[] = [];
  port.onmessage = ({ data }) => {
    const run = heard.get(data?.id);
    if (run) run(data);
    else others.push(data);
  };
  let last = 0;
  const say = (message: object, transfer: Transferable[] = []) => {
    const id = `said ${++last}`;
    const answered = new Promise<Answer>((resolve) => heard.set(id, resolve));
    port.postMessage({ id, ...message }, transfer);
    return answered;
  };
  const call = (method: string, ...values: unknown[]) =>
    say({
      type: 'APPLY',
      path: [method],
      argumentList: values.map((value) => ({ type: 'RAW', value })),
    });
  /** By now everything that was said before has been read, and was answered or never will be. */
  const settled = async () => {
    await call('ping');
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { port, say, call, settled, others };
}

const code = { type: 'RAW', value: 'globalThis.pwned = true; return 42' };
const HOSTILE: object[] = [
  { type: 'GET', path: ['ping', 'constructor'] },
  { type: 'GET', path: ['constructor'] },
  { type: 'GET', path: [] },
  { type: 'GET', path: ['ping', 'constructor', 'name'] },
  { type: 'GET', path: ['ping', 'name'] },
  { type: 'APPLY', path: ['ping', 'constructor'], argumentList: [code] },
  { type: 'APPLY', path: ['ping', 'call'], argumentList: [] },
  { type: 'APPLY', path: ['constructor'], argumentList: [] },
  { type: 'APPLY', path: ['__proto__'], argumentList: [] },
  { type: 'APPLY', path: ['toString'], argumentList: [] },
  { type: 'APPLY', path: ['hasOwnProperty'], argumentList: [{ type: 'RAW', value: 'ping' }] },
  { type: 'APPLY', path: [], argumentList: [] },
  { type: 'APPLY', path: [['ping']], argumentList: [] },
  { type: 'APPLY', path: 'ping', argumentList: [] },
  { type: 'APPLY', argumentList: [] },
  { type: 'APPLY', path: ['collector'], argumentList: [] },
  { type: 'APPLY', path: ['configure'], argumentList: [{ type: 'RAW', value: {} }] },
  { type: 'APPLY', path: ['shutdown'], argumentList: [] },
  { type: 'APPLY', path: ['ping'], argumentList: [{ type: 'HANDLER', name: 'throw', value: {} }] },
  { type: 'APPLY', path: ['ping'], argumentList: [{ type: 'HANDLER', name: 'nobody', value: {} }] },
  { type: 'APPLY', path: ['ping'], argumentList: [null] },
  { type: 'APPLY', path: ['ping'], argumentList: 'abc' },
  { type: 'CONSTRUCT', path: ['ping', 'constructor'], argumentList: [code] },
  { type: 'CONSTRUCT', path: ['constructor'], argumentList: [] },
  { type: 'SET', path: ['ping'], value: { type: 'RAW', value: 1 } },
  { type: 'SET', path: ['__proto__', 'pwned'], value: { type: 'RAW', value: 1 } },
  { type: 'ENDPOINT' },
  { type: 'RELEASE' },
  { type: 'RELEASE', path: ['ping'] },
];

describe.each(['shared', 'message'] as const)('a port, with the link %s', (link) => {
  it('gives nothing for any of it', async () => {
    const collector = makeCollector({ link });
    const { say, call, settled } = speaker(collector.createPort());
    const answers: Answer[] = [];
    for (const message of HOSTILE) void say(message).then((answer) => answers.push(answer));
    await settled();
    for (const answer of answers) expect(answer).toMatchObject({ type: 'HANDLER', name: 'throw' });
    expect(await call('status')).toMatchObject({ type: 'RAW' });
    expect(await formatPrometheus(collector)).toContain('telemetry_metrics_count');
    expect(logOf(collector)).toEqual([]);
  });
});

describe('a port of createPort()', () => {
  const link = 'inline';

  it.each(HOSTILE)('gives nothing for %o', async (message) => {
    const collector = makeCollector({ link });
    const { say, call, settled } = speaker(collector.createPort());
    let answer: Answer | undefined;
    void say(message).then((given) => {
      answer = given;
    });
    await settled();
    if (answer) expect(answer).toMatchObject({ type: 'HANDLER', name: 'throw' });
    expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
    expect({}).not.toHaveProperty('pwned');
    // Nothing is broken either.
    expect(await call('status')).toMatchObject({ type: 'RAW' });
    expect(await formatPrometheus(collector)).toContain('telemetry_metrics_count');
    expect(logOf(collector)).toEqual([]);
  });

  it('takes what is no message at all', async () => {
    const collector = makeCollector({ link });
    const { port, settled } = speaker(collector.createPort());
    for (const message of [
      null,
      undefined,
      1,
      'x',
      [],
      {},
      { id: 1 },
      { id: {} },
      { id: 'x', type: {} },
    ]) {
      port.postMessage(message);
    }
    await settled();
    expect(await formatPrometheus(collector)).toContain('telemetry_metrics_count');
    expect(logOf(collector)).toEqual([]);
  });

  it.each<[string, ...unknown[]]>([
    ['join'],
    ['join', null],
    ['join', { control: {}, direct: true, main: true, eventsSent: 0 }],
    ['join', { control: new ArrayBuffer(1), direct: true, main: true, eventsSent: 0 }],
    ['join', { control: new ArrayBuffer(CONTROL_BYTES), direct: 1, main: true, eventsSent: 0 }],
    ['addPage', -1, new ArrayBuffer(8)],
    ['addPage', '__proto__', new ArrayBuffer(8)],
    ['addPage', 0, new ArrayBuffer(7)],
    ['addPage', 2 ** 40, new ArrayBuffer(8)],
    ['addSegment', 'x'],
    ['addSegment', new ArrayBuffer(3)],
    ['publish', { segments: {}, pages: [], last: true }],
    ['publish', { segments: [], pages: [[0]], last: true }],
    ['erase', { what: 'reset' }],
    ['erase', [{ what: 'remove' }]],
    ['erase', new Array(3)],
    ['erase', [{ what: 'remove', family: 'x', labelValues: new Array(1) }]],
    ['publish', { segments: new Array(3), pages: [], last: true }],
    ['lifeline', 'a lock of the application'],
    ['acceptPort', {}],
    ['getEvents', 'all'],
    ['render', { format: 'constructor' }],
    ['runExport', { exporter: 'x', format: 'prometheus', destination: 1 }],
    ['schedule', undefined, -1, 1],
    ['schedule', {}, 1, 1],
    ['serve'],
    ['serve', { port: 0, host: '127.0.0.1', path: '/', bearerToken: '' }],
    ['countExport', 'x'.repeat(10_000), true],
  ])('refuses %s with %o', async (method, ...args) => {
    const collector = makeCollector({ link });
    const { call } = speaker(collector.createPort());
    const { type, name, value } = await call(method, ...args);
    expect({ type, name }).toEqual({ type: 'HANDLER', name: 'throw' });
    // Nobody must learn where our code is.
    expect(JSON.stringify(value)).not.toMatch(/\n *at |\.js:/);
    expect(await formatPrometheus(collector)).toContain('telemetry_metrics_count');
  });

  it('refuses lists that are too long to be looked at', async () => {
    const { call, say } = speaker(makeCollector({ link }).createPort());
    const refused = { type: 'HANDLER', name: 'throw' };
    for (const argumentList of [
      new Array(3_000_000),
      new Array(2 ** 32 - 1),
      new Array(1_000_000).fill({ type: 'RAW', value: 1 }),
      [null, 1],
    ]) {
      const answer = await say({ type: 'APPLY', path: ['erase'], argumentList });
      expect(answer).toMatchObject(refused);
    }
    expect(await call('erase', new Array(300_000_000))).toMatchObject(refused);
  });

  it('ends no listener and no schedule of others', async () => {
    const collector = makeCollector({ link });
    const { url } = await collector.serve({ port: 0 });
    const { call } = speaker(collector.createPort());
    for (let id = 0; id < 10; id++) await call('unserve', id);
    expect((await fetch(url)).status).toBe(200);
  });

  describe('of a thread whose memory is nonsense', () => {
    const control = () => {
      const buffer = new SharedArrayBuffer(CONTROL_BYTES);
      new Int32Array(buffer)[CONTROL_VERSION] = LAYOUT_VERSION;
      return buffer;
    };
    const segment = (words: readonly number[], filled = words.length + 1) => {
      const buffer = new SharedArrayBuffer(4096);
      const all = new Int32Array(buffer);
      all.set(words, 1);
      all[SEGMENT_FILLED] = filled;
      return buffer;
    };
    const text = (value: string) => {
      const words = [headOf(RECORD_TEXT, 2 + Math.ceil(value.length / 2)), value.length];
      for (let i = 0; i < value.length; i += 2) {
        words.push(value.charCodeAt(i) | ((value.charCodeAt(i + 1) || 0) << 16));
      }
      return words;
    };
    const family = (definition: unknown) => [
      ...text(JSON.stringify(definition)),
      ...[headOf(RECORD_FAMILY, 4), familyWord(0, false), 0, 0],
    ];
    const sound = {
      ...{ name: 'fine_total', description: '', type: 'counter', unit: '', labelNames: [] },
      ...{ labels: {}, shape: {} },
    };
    const nonsense: Record<string, readonly number[]> = {
      'a record of no length': [0, 0, 0],
      'a record beyond the end': [headOf(RECORD_SERIES, 1000), 0, 0],
      'a text beyond the end': [headOf(RECORD_TEXT, 2), 1e9],
      'no such text': [headOf(RECORD_FAMILY, 4), familyWord(0, false), 0, 7],
      'a family that is no JSON': [...text('{'), headOf(RECORD_FAMILY, 4), 0, 0, 0],
      'a family that is null': family(null),
      'a name with a line break': family({ ...sound, name: 'x 1\ny' }),
      'a name that is an object': family({ ...sound, name: {} }),
      'no shape for its type': family({ ...sound, type: 'histogram' }),
      'labels that are none': family({ ...sound, labelNames: ['a b'] }),
      'constant labels that are no text': family({ ...sound, labels: { a: {} } }),
      'constant labels with a line break': family({ ...sound, labels: { 'a="1"} 1\nb': 'x' } }),
      'buckets that are no numbers': family({
        ...sound,
        type: 'histogram',
        shape: { buckets: [{}] },
      }),
      'a series with another number of labels': [
        ...family({ ...sound, labelNames: ['a', 'b'] }),
        ...[headOf(RECORD_SERIES, 4), familyWord(0, false), 0, 0],
      ],
      'a series beyond its page': [
        ...family(sound),
        ...[headOf(RECORD_SERIES, 3), familyWord(0, false), 5000],
      ],
    };

    it.each(Object.keys(nonsense))('%s breaks nothing of others', async (name) => {
      const collector = makeCollector({ link });
      collector.registerCounter('jobs_total').increment(3);
      const before = await formatPrometheus(collector);
      const { call } = speaker(collector.createPort());
      expect(
        await call('join', { control: control(), direct: true, main: true, eventsSent: 0 }),
      ).toMatchObject({ type: 'RAW' });
      await call('addPage', 0, new SharedArrayBuffer(4096));
      await call('addSegment', segment(nonsense[name]));
      await call('addSegment', segment([], 2 ** 30));
      await call('drain');
      await collector.flush();
      const after = await formatPrometheus(collector);
      expect(after).toContain('jobs_total 3');
      const names = (exposition: string) =>
        exposition.split('\n').filter((line) => line.startsWith('# TYPE'));
      const others = names(after).filter((line) => !/fine_total|telemetry_errors/.test(line));
      expect(others).toEqual(names(before).filter((line) => !/telemetry_errors/.test(line)));
      // Some of these names would be taken if UTF-8 names were allowed.
      const told = logOf(collector).filter((line) => !line.includes('does not take'));
      expect(told).toEqual([expect.stringContaining('cannot be read')]);
    });

    it('a family of a kind that is not known here is not collected, and others of the thread are', async () => {
      const collector = makeCollector({ link });
      const { call } = speaker(collector.createPort());
      await call('join', { control: control(), direct: true, main: true, eventsSent: 0 });
      await call('addPage', 0, new SharedArrayBuffer(4096));
      const words = [
        ...family({ ...sound, name: 'strange', type: 'constructor' }),
        // Texts are numbered: that of the next family is the second.
        ...text(JSON.stringify(sound)),
        ...[headOf(RECORD_FAMILY, 4), familyWord(1, false), 0, 1],
        ...[headOf(RECORD_SERIES, 3), familyWord(0, false), 0],
        ...[headOf(RECORD_SERIES, 3), familyWord(1, false), 1],
      ];
      await call('addSegment', segment(words));
      await call('drain');
      await collector.flush();
      const after = await formatPrometheus(collector);
      expect(after).toContain('fine_total 0');
      expect(after).not.toContain('strange');
      expect(await errors(collector, 'unknown_kind')).toBe(1);
      expect(logOf(collector)).toEqual([expect.stringContaining('"constructor"')]);
    });

    it('events that cannot be read are not kept', async () => {
      const collector = makeCollector({ link });
      const { call } = speaker(collector.createPort());
      await call('join', { control: control(), direct: true, main: true, eventsSent: 0 });
      for (const slots of [
        [0, Number.NaN, 0],
        [0, 1, 3, Number.NaN],
        [0, 1, 4, 9],
        [2, 1, 0],
        [0, 1, 7, 5, 0],
      ]) {
        await call('events', {
          count: 1,
          slots: new Float64Array(slots),
          texts: ['name'],
          size: 1,
        });
      }
      const slots = new Float64Array(1);
      for (const batch of [
        { count: 2 ** 40, slots, texts: [], size: 1 },
        { count: 1, slots, texts: [{}], size: 1 },
        { count: 1, slots: [0, 1, 0], texts: ['name'], size: 1 },
        null,
      ]) {
        expect(await call('events', batch)).toMatchObject({ name: 'throw' });
      }
      collector.recordEvent('good', 1);
      expect((await collector.getEvents()).at(-1)).toMatchObject({ name: 'good', value: 1 });
    });

    it('of a batch that would grow out of proportion a part is kept', async () => {
      const collector = makeCollector({ link });
      const { call } = speaker(collector.createPort());
      await call('join', { control: control(), direct: true, main: true, eventsSent: 0 });
      const text = 'x'.repeat(1_000_000);
      const one = [0, 1, 4, 1];
      const slots = new Float64Array(Array.from({ length: 1000 }, () => one).flat());
      const batch = { count: 1000, slots, texts: ['name', text], size: 1 };
      for (let i = 0; i < 5; i++) await call('events', batch);
      const { events_count: kept } = await collector.getSnapshot();
      expect(kept).toBeGreaterThan(10);
      expect(kept).toBeLessThan(500);
      const dropped = /^telemetry_events_dropped_total (\d+)$/m;
      const [, count] = dropped.exec(await formatPrometheus(collector))!;
      expect(Number(count)).toBe(5000 - kept);
    });

    it('events that would grow out of proportion are not kept', async () => {
      const collector = makeCollector({ link });
      const { call } = speaker(collector.createPort());
      await call('join', { control: control(), direct: true, main: true, eventsSent: 0 });
      const texts = ['name', 'x'.repeat(100_000)];
      for (const slots of [
        // The long text is named again and again.
        [0, 1, 5, 20, ...Array.from({ length: 20 }, () => [4, 1]).flat()],
        [0, 1, 5, 4_000_000_000],
        // Here lists are nested within lists.
        [0, 1, ...Array.from({ length: 3000 }, () => [5, 1]).flat(), 0],
      ]) {
        await call('events', { count: 1, slots: new Float64Array(slots), texts, size: 1 });
      }
      collector.recordEvent('good', 1);
      expect(await collector.getEvents()).toMatchObject([{ name: 'good', value: 1 }]);
    });
  });
});

describe('a thread that joined somebody else', () => {
  const other = () => {
    const { port1, port2 } = new MessageChannel();
    const spoken = speaker(port1);
    const log: string[] = [];
    const warn = (message: string) => void log.push(message);
    const thread = TelemetryCollector.connect(port2, { logger: { warn, error: warn } });
    return { ...spoken, thread, log };
  };
  const refreshing = HOSTILE.map((message) =>
    JSON.parse(JSON.stringify(message).replaceAll('"ping"', '"refresh"')),
  );

  it.each(refreshing)('gives it nothing for %o', async (message) => {
    const { say, call, thread } = other();
    let answer: Answer | undefined;
    void say(message).then((given) => {
      answer = given;
    });
    await call('collectionRan', { duration: 1, metrics_count: 1, events_count: 1 });
    if (answer) expect(answer).toMatchObject({ type: 'HANDLER', name: 'throw' });
    expect((globalThis as { pwned?: unknown }).pwned).toBeUndefined();
    void thread.shutdown();
  });

  it.each<[string, ...unknown[]]>([
    ['erase', { what: 'remove' }],
    ['erase', { what: 'remove', family: 'x', labelValues: 'x' }],
    ['collectionRan', null],
    ['exportDue', {}],
    ['keep', { latest: new Uint8Array() }],
    ['threadLeft', 1],
    ['warn', 'said by nobody'],
  ])('refuses %s with %o', async (method, ...args) => {
    const { call, thread, log } = other();
    expect(await call(method, ...args)).toMatchObject({ name: 'throw' });
    expect(log).toEqual([]);
    void thread.shutdown();
  });

  it('takes no object that speaks for an answer, and no successor that is none', async () => {
    const { port, call, thread, others, log } = other();
    port.postMessage({ successor: {} });
    port.postMessage({ successor: 'x' });
    const asked = thread.getSnapshot();
    await call('refresh');
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    const heard: unknown[] = [];
    port1.onmessage = ({ data }) => heard.push(data);
    const question = others.find((data) => (data as { path?: string[] })?.path?.[0] === 'snapshot');
    const { id } = question as Answer;
    port.postMessage({ id, type: 'HANDLER', name: 'proxy', value: port2 }, [port2]);
    await call('refresh');
    port.postMessage({ id, type: 'HANDLER', name: 'throw', value: null });
    await asked;
    expect(heard).toEqual([]);
    expect(log).toEqual([expect.stringContaining('no answer from the collector')]);
    void thread.shutdown();
  });

  /** A collector that gives the same answer to each call except those by which the thread joins. */
  const answering = (value: unknown) => {
    const all = other();
    all.port.addEventListener('message', ({ data }) => {
      const [method] = data?.path ?? [];
      if (data?.type !== 'APPLY' || method === 'join') return;
      all.port.postMessage({ id: data.id, type: 'RAW', value });
    });
    return all;
  };

  it.each([[null], [undefined], [5], ['x'], [[null]], [{}], [{ failures: null, body: 'x' }]])(
    'takes %o for no answer',
    async (value) => {
      const { thread, log } = answering(value);
      expect(await thread.getSnapshot()).toMatchObject({ metrics: {}, events_count: 0 });
      expect(await thread.flush()).toMatchObject({ collected: false });
      expect(await thread.getEvents()).toEqual([]);
      expect(await thread.diagnostics()).toMatchObject({ failed: [] });
      await expect(formatPrometheus(thread)).rejects.toMatchObject({
        name: 'TelemetryError',
        code: 'invalid_answer',
        message: expect.stringContaining('has answered render with'),
      });
      await expect(thread.serve({ port: 0 })).rejects.toThrow('has answered serve with');
      expect(log).toEqual([expect.stringContaining('has answered snapshot with')]);
      void thread.shutdown();
    },
  );

  it.each(['here', 'there'])('does not wait for what could not be read %s', async (where) => {
    const { port1, port2 } = new MessageChannel();
    const { others, port } = speaker(port1);
    const thread = TelemetryCollector.connect(port2, { logger: { warn() {}, error() {} } });
    const asked = formatPrometheus(thread);
    await expect.poll(() => others.length).toBeGreaterThan(1);
    if (where === 'here') port2.dispatchEvent(new Event('messageerror'));
    else port.postMessage({ unread: true });
    await expect(asked).rejects.toThrow('could not be read');
    void thread.shutdown();
  });

  it('says so when what it was told could not be read', async () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    const close = acceptPort(
      port2,
      () => ({}) as ThreadService,
      () => {},
    );
    const heard = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
    port2.dispatchEvent(new Event('messageerror'));
    expect(await heard).toEqual({ unread: true });
    close();
  });
});

describe('an honest thread', () => {
  it.each(LINKS)('still does what it may, over the link %s', async (link) => {
    const collector = makeCollector({ link });
    const thread = joinThread(collector);
    thread.registerCounter('jobs_total').increment(2);
    const { url, close } = await thread.serve({ port: 0 });
    expect(await (await fetch(url)).text()).toContain('jobs_total 2');
    await close();
    await expect(fetch(url)).rejects.toThrow();
    expect(logOf(thread)).toEqual([]);
  });
});
