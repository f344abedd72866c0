import {
  type Context,
  context,
  ROOT_CONTEXT,
  SpanKind,
  type TracerProvider,
} from '@opentelemetry/api';
import type { PageTracing } from '../../browser/page-tracing.ts';
import { traceContext } from './propagator.ts';
import { SUPPRESSED } from './suppressed.ts';
import { contextWithin, runWithin, startSpan } from './traced-span.ts';

/** Returns the active context, in which nothing starts a span. */
function suppressed(): Context {
  try {
    return context.active().setValue(SUPPRESSED, true);
  } catch {
    return ROOT_CONTEXT; // another manager of contexts has thrown
  }
}

/** Reads a text as the one header that there is. */
const PARENT = {
  get: (text: string, name: string) => (name === 'traceparent' ? text : undefined),
  keys: () => ['traceparent'],
};

/**
 * Makes the spans of what happens in a page.
 * @param provider that of `@opentelemetry/api`, as it is when a span begins, unless given
 */
export function pageTracing(provider?: TracerProvider): Omit<PageTracing, 'client'> {
  return {
    page(name, attributes, start, within) {
      try {
        const around =
          typeof within === 'string'
            ? traceContext.extract(ROOT_CONTEXT, within, PARENT)
            : contextWithin(within, ROOT_CONTEXT);
        return startSpan(provider, name, SpanKind.INTERNAL, attributes, start, around);
      } catch {
        return undefined; // another provider has thrown
      }
    },
    untraced: (run) => runWithin(suppressed(), run),
  };
}
