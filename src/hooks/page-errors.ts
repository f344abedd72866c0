import { textOf } from '../model.ts';
import { monotonic } from '../platform/timers.ts';
import type { Page } from './page.ts';
import { plainText } from './page-texts.ts';

/** UTF-16 units. */
const MAX_MESSAGE = 256;
const MAX_FRAME = 200;
/** So many lines of a stack are kept, its first line included. */
const MAX_FRAMES = 6;
/** So many errors become events within a span of so many seconds. All are counted. */
const MOST_EVENTS = 10;
const SPAN = 60;

/** Counts errors that nobody has caught, and records the first of each minute as events `browser_error`. */
export function measureErrors({ collector, prefix, onStop }: Page): void {
  const errors = collector.registerCounter(
    `${prefix}browser_errors_total`,
    'Errors and rejections that nobody has caught.',
    { labelNames: ['kind'] },
  );
  onStop(() => collector.unregister(errors.name));
  const dropped = collector.registerCounter(
    `${prefix}browser_error_events_dropped_total`,
    'Errors that were counted, but not recorded as events, since there were too many.',
  );
  onStop(() => collector.unregister(dropped.name));
  let since = -Infinity;
  let recorded = 0;
  const note = (kind: string, thrown: unknown, where?: ErrorEvent) => {
    errors.increment(1, { kind });
    if (monotonic() - since > SPAN) {
      since = monotonic();
      recorded = 0;
    }
    if (recorded++ >= MOST_EVENTS) dropped.increment();
    else collector.recordEvent('browser_error', { kind, ...about(thrown, where) });
  };
  const onError = (event: ErrorEvent) => note('error', event.error ?? event.message, event);
  const onRejected = ({ reason }: PromiseRejectionEvent) => note('unhandled_rejection', reason);
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onRejected);
  onStop(() => {
    removeEventListener('error', onError);
    removeEventListener('unhandledrejection', onRejected);
  });
}

/** Describes what was thrown. That may be anything, and its getters may throw. */
function about(thrown: unknown, where: ErrorEvent | undefined): Record<string, string | number> {
  const stack = text(() => field(thrown, 'stack'));
  const frames = stack.split('\n', MAX_FRAMES).map((line) => plainText(line, MAX_FRAME));
  const name = plainText(
    text(() => field(thrown, 'name')),
    MAX_FRAME,
  );
  const message = text(() => field(thrown, 'message')) || textOf(thrown);
  return {
    ...(name && { name }),
    message: plainText(message, MAX_MESSAGE),
    ...(where?.filename && { source: plainText(where.filename, MAX_FRAME) }),
    ...(where?.lineno && { line: where.lineno, column: where.colno }),
    ...(stack && { stack: frames.join('\n') }),
  };
}

const field = (of: unknown, name: string) =>
  typeof of === 'object' ? (of as Record<string, unknown> | null)?.[name] : undefined;

function text(read: () => unknown): string {
  try {
    const value = read();
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
