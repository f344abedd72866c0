/** The part of traces whose requests a test holds back. */
import type { TracesConfig } from '../../../src/features/traces/config.ts';
import { TracesPart } from '../../../src/features/traces/traces-part.ts';
import { clock } from '../../../src/platform/clock.ts';
import type { PartDelivery, PartHost } from '../../../src/protocol/feature.ts';

const config: TracesConfig = {
  plan: {
    ...{ exporter: 'otlp', format: 'otlp', via: 'http', destination: 'http://127.0.0.1' },
    http: { url: 'http://127.0.0.1/v1/traces', headers: {}, timeout: 1 },
    push: { id: 'otlp', maxBytes: 1, maxAge: 1, compression: 'none', options: {} },
  } as unknown as TracesConfig['plan'],
  resource: {},
  asksForResource: false,
  tail: undefined,
  spanMetrics: false,
};

/**
 * A part whose requests get no further than to a gate.
 * @param passes whether a request passes by the gate; the number of those before it is given
 */
export function gatedPart(
  options: Partial<TracesConfig> = {},
  time = clock,
  passes: (requests: number) => boolean = () => false,
) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const queued: number[] = [];
  let requests = 0;
  let arrives = Promise.resolve(true);
  const deliver = async (
    _: unknown,
    { count }: { count: number },
    isLast?: boolean,
  ): Promise<PartDelivery> => {
    if (!isLast && !passes(requests++)) await opened;
    queued.push(count);
    return { arrives };
  };
  const host = { clock: time, deliver, fail() {} } as unknown as PartHost;
  const part = new TracesPart(host, { ...config, ...options });
  const sampleOf = (name: string) => {
    const family = part.adds().find((one) => one.name === name);
    return family?.data === 'number' ? family.values[0]! : Number.NaN;
  };
  const sent = () => queued.reduce((sum, count) => sum + count, 0);
  /** Lets requests into the queue, where they stay. */
  const pass = () => {
    arrives = new Promise(() => {});
    open();
  };
  return { part, open, pass, sampleOf, sent };
}
