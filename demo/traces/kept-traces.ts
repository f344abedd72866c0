/** Keeps the newest traces out of what arrives as OTLP, and makes of them what the page shows. */

const MOST_TRACES = 1000;
const MOST_SPANS_OF_A_TRACE = 200;
const LISTED = 40;

/** A span as OTLP's JSON has it, as far as it is read here. Times are nanoseconds since 1970. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { key: string; value: { stringValue?: string } }[];
  readonly events?: readonly { name: string; timeUnixNano: string }[];
  readonly status?: { code?: number; message?: string };
}

export interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[];
  }[];
}

export interface TraceSummary {
  readonly id: string;
  /** The name of its first span. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly spanCount: number;
  /** What went wrong; empty if nothing did. */
  readonly error: string;
}

export interface ShownTrace extends TraceSummary {
  /** Parents come before their children. */
  readonly spans: readonly ShownSpan[];
}

export interface ShownSpan {
  readonly name: string;
  /** How many spans are around it. */
  readonly nesting: number;
  /** Milliseconds since the trace began. */
  readonly start: number;
  readonly end: number;
  /** How much of it was spent in a queue. Milliseconds. */
  readonly waited: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly error: string;
}

export class KeptTraces {
  /** The spans that have come, by trace. Those that have come first stand first. */
  readonly #traces = new Map<string, OtlpSpan[]>();

  take({ resourceSpans = [] }: OtlpRequest): void {
    const scopes = resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans);
    for (const span of scopes.flatMap(({ spans = [] }) => spans)) this.#keep(span);
    for (const id of this.#traces.keys()) {
      if (this.#traces.size <= MOST_TRACES) break;
      this.#traces.delete(id);
    }
  }

  newest(): TraceSummary[] {
    const ended = [...this.#traces.values()].filter((spans) => rootOf(spans));
    return ended.slice(-LISTED).reverse().map(summaryOf);
  }

  trace(id: string): ShownTrace | undefined {
    const spans = this.#traces.get(id);
    if (!spans || !rootOf(spans)) return undefined;
    const root = rootOf(spans)!;
    const summary = summaryOf(spans);
    return { ...summary, spans: inOrder(spans, root, 0, root.startTimeUnixNano) };
  }

  #keep(span: OtlpSpan): void {
    const spans = this.#traces.get(span.traceId);
    if (!spans) this.#traces.set(span.traceId, [span]);
    else if (spans.length < MOST_SPANS_OF_A_TRACE) spans.push(span);
  }
}

function rootOf(spans: readonly OtlpSpan[]): OtlpSpan | undefined {
  return spans.find(({ parentSpanId }) => !parentSpanId);
}

function summaryOf(spans: readonly OtlpSpan[]): TraceSummary {
  const root = rootOf(spans)!;
  return {
    id: root.traceId,
    name: root.name,
    began: Number(root.startTimeUnixNano) / 1e6,
    duration: milliseconds(root.startTimeUnixNano, root.endTimeUnixNano),
    spanCount: spans.length,
    error: root.status?.message ?? '',
  };
}

/** Returns the span and all below it, in the order in which they began. */
function inOrder(
  spans: readonly OtlpSpan[],
  span: OtlpSpan,
  nesting: number,
  from: string,
): ShownSpan[] {
  const children = spans
    .filter(({ parentSpanId }) => parentSpanId === span.spanId)
    .sort((a, b) => milliseconds(b.startTimeUnixNano, a.startTimeUnixNano));
  return [
    shown(span, nesting, from),
    ...children.flatMap((child) => inOrder(spans, child, nesting + 1, from)),
  ];
}

function shown(span: OtlpSpan, nesting: number, from: string): ShownSpan {
  const { name, startTimeUnixNano, endTimeUnixNano, attributes = [], events = [], status } = span;
  const sent = events.find((event) => event.name === 'sent');
  const texts = attributes.map(({ key, value }) => [key, value.stringValue ?? '']);
  return {
    name,
    nesting,
    start: milliseconds(from, startTimeUnixNano),
    end: milliseconds(from, endTimeUnixNano),
    waited: sent ? milliseconds(startTimeUnixNano, sent.timeUnixNano) : 0,
    attributes: Object.fromEntries(texts),
    error: status?.message ?? '',
  };
}

/** Returns what lies between two times. Numbers would not hold the nanoseconds since 1970. */
function milliseconds(from: string, to: string): number {
  return Number(BigInt(to) - BigInt(from)) / 1e6;
}
