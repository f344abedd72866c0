/**
 * Traces some messages on their way through the tree: a span for the message, and below it one for each edge.
 * A pulse also has one for its way to the leaf and one for its answer. Times are simulated, as those of the
 * latency are: a trace begins now, and each step after that is a sixtieth of a second.
 */
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { DROP_REASONS, KINDS, Kind, type MessageTracing } from '../totals.ts';
import type { Tree } from '../tree.ts';
import { STEPS_PER_SECOND } from '../world.ts';

/** All pulses are traced, and one of so many other messages. */
const ONE_OF = 4000;
/** While so many messages are being traced, no other one is. */
const MOST_UNDER_WAY = 256;

interface Traced {
  readonly tree: Tree;
  readonly firstStep: number;
  /** Milliseconds since 1970. */
  readonly began: number;
  /** The whole, and what is under way of it: the same, except for pulses. */
  readonly whole: Span;
  leg: Span;
  inLeg: Context;
}

export class MessageTraces implements MessageTracing {
  readonly #tracer: Tracer;
  readonly #underWay = new Map<number, Traced>();
  #last = 0;
  #passed = 0;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  began(tree: Tree, kind: number, from: number, to: number, step: number): number {
    if (kind !== Kind.pulse) {
      this.#passed += 1;
      if (this.#passed % ONE_OF !== 0) return 0;
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) return 0;
    const began = Date.now();
    const attributes = { 'message.from': foglet(tree, from), 'message.to': foglet(tree, to) };
    const whole = this.#tracer.startSpan(
      KINDS[kind],
      { startTime: began, attributes },
      ROOT_CONTEXT,
    );
    const inLeg = trace.setSpan(ROOT_CONTEXT, whole);
    const traced = { tree, firstStep: step, began, whole, leg: whole, inLeg };
    if (kind === Kind.pulse) this.#startLeg(traced, 'request', step);
    this.#last += 1;
    this.#underWay.set(this.#last, traced);
    return this.#last;
  }

  passedOn(
    number: number,
    from: number,
    to: number,
    queuedAt: number,
    step: number,
    arrives: number,
  ): void {
    const traced = this.#underWay.get(number);
    if (!traced) return;
    const { tree, inLeg } = traced;
    const attributes = { 'hop.from': foglet(tree, from), 'hop.to': foglet(tree, to) };
    const startTime = timeOf(traced, queuedAt);
    const hop = this.#tracer.startSpan('hop', { startTime, attributes }, inLeg);
    // Until then it waited in the queue of the foglet.
    hop.addEvent('sent', timeOf(traced, step));
    hop.end(timeOf(traced, arrives));
  }

  answered(number: number, step: number): void {
    const traced = this.#underWay.get(number);
    if (!traced) return;
    traced.leg.end(timeOf(traced, step));
    this.#startLeg(traced, 'answer', step);
  }

  ended(number: number, step: number): void {
    const traced = this.#underWay.get(number);
    if (!traced) return;
    this.#underWay.delete(number);
    const time = timeOf(traced, step);
    if (traced.leg !== traced.whole) traced.leg.end(time);
    traced.whole.end(time);
  }

  lost(number: number, reason: number, step: number): void {
    const traced = this.#underWay.get(number);
    const status = { code: SpanStatusCode.ERROR, message: `lost: ${DROP_REASONS[reason]}` };
    traced?.leg.setStatus(status);
    traced?.whole.setStatus(status);
    this.ended(number, step);
  }

  /** Returns what leads from the latency of a message to its trace. */
  exemplar(number: number): { trace_id: string; span_id: string } | undefined {
    const context = this.#underWay.get(number)?.leg.spanContext();
    return context && { trace_id: context.traceId, span_id: context.spanId };
  }

  #startLeg(traced: Traced, name: string, step: number): void {
    const around = trace.setSpan(ROOT_CONTEXT, traced.whole);
    traced.leg = this.#tracer.startSpan(name, { startTime: timeOf(traced, step) }, around);
    traced.inLeg = trace.setSpan(around, traced.leg);
  }
}

function timeOf({ began, firstStep }: Traced, step: number): number {
  return began + ((step - firstStep) * 1000) / STEPS_PER_SECOND;
}

/** Returns, for example, `3.17`: the 17th foglet of level 3. The root is 0.1. */
function foglet(tree: Tree, node: number): string {
  const level = tree.level[node];
  return `${level}.${node - tree.levelStart[level] + 1}`;
}
