import {
  createContext,
  createElement,
  type FunctionComponentElement,
  Profiler,
  type ProfilerOnRenderCallback,
  type ProfilerProps,
  type ProviderProps,
  type ReactNode,
  useCallback,
  useContext,
} from 'react';
import type { Counter } from '../kinds/counter/recording.ts';
import type { Gauge, GaugeOptions } from '../kinds/gauge/recording.ts';
import type { Histogram, HistogramOptions } from '../kinds/histogram/recording.ts';
import type { MetricOptions } from '../kinds/recording-kind.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import type { PageTracing } from './browser/page-tracing.ts';
import { metricOf, quietly } from './shared-metric.ts';

const Telemetry = createContext<TelemetryCollector | undefined>(undefined);

/** The properties of `<TelemetryProvider>`. */
export interface TelemetryProviderProps {
  /** The collector that the hooks below use. */
  readonly collector: TelemetryCollector;
  /** What is below it. */
  readonly children?: ReactNode | undefined;
}

/**
 * Gives the collector to all components below. It starts nothing and ends nothing.
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { TelemetryProvider } from 'utilityfog-telemetry/react';
 *
 * const collector = new TelemetryCollector();
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children: 'shop' })));
 * // -> shop
 * ```
 */
export function TelemetryProvider({
  collector,
  children,
}: TelemetryProviderProps): FunctionComponentElement<
  ProviderProps<TelemetryCollector | undefined>
> {
  return createElement(Telemetry.Provider, { value: collector }, children);
}

/**
 * The collector of the nearest `TelemetryProvider`.
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { TelemetryProvider, useTelemetry } from 'utilityfog-telemetry/react';
 *
 * function Shop() {
 *   useTelemetry().recordEvent('rendered', {});
 *   return 'shop';
 * }
 *
 * const collector = new TelemetryCollector();
 * const children = createElement(Shop);
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children })));
 * // -> shop
 * await collector.shutdown();
 * ```
 */
export function useTelemetry(): TelemetryCollector {
  const collector = useContext(Telemetry);
  if (typeof collector?.registerCounter !== 'function') {
    throw new Error(
      'utilityfog-telemetry/react: put a <TelemetryProvider collector={…}> around it',
    );
  }
  return collector;
}

/** The properties of `<Measured>`. */
export interface MeasuredProps {
  /** The label `component`: the name of a part of the page, of which there are few. */
  readonly name: string;
  /** Makes a span of each render: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. */
  readonly tracing?: Pick<PageTracing, 'page'> | undefined;
  /** What is measured. */
  readonly children?: ReactNode | undefined;
}

/** From a hundredth of a frame to what everybody notices. Seconds. */
const RENDER_BUCKETS = [0.0002, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 1];

/**
 * Records how long React renders what is within, as `react_render_duration_seconds{component, phase}`; `phase` is
 * `mount`, `update` or `nested-update`. It is React's `Profiler`, which says nothing in production unless the page is
 * built with `react-dom/profiling`: https://react.dev/reference/react/Profiler
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { Measured, TelemetryProvider } from 'utilityfog-telemetry/react';
 *
 * const collector = new TelemetryCollector();
 * const children = createElement(Measured, { name: 'list', children: 'many rows' });
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children })));
 * // -> many rows
 * await collector.shutdown();
 * ```
 */
export function Measured({
  name,
  tracing,
  children,
}: MeasuredProps): FunctionComponentElement<ProfilerProps> {
  const collector = useTelemetry();
  const onRender = useCallback<ProfilerOnRenderCallback>(
    (_, phase, duration, __, start) =>
      quietly(() => recordRender(collector, tracing, name, phase, duration, start)),
    [collector, tracing, name],
  );
  return createElement(Profiler, { id: name, onRender }, children);
}

/** Records a render. Both times are milliseconds. */
function recordRender(
  collector: TelemetryCollector,
  tracing: MeasuredProps['tracing'],
  component: string,
  phase: string,
  duration: number,
  start: number,
): void {
  const attributes = { 'react.component': component, 'react.phase': phase };
  const span = tracing?.page(`render ${component}`, attributes, start);
  span?.end(start + duration);
  const metric = metricOf(collector, 'react_render_duration_seconds', 'histogram', (metricName) =>
    collector.registerHistogram(metricName, 'Duration of renders by React', {
      labelNames: ['component', 'phase'],
      unit: 'seconds',
      buckets: RENDER_BUCKETS,
    }),
  );
  const exemplar = span?.exemplar;
  metric?.observe(duration / 1000, { component, phase }, exemplar && { exemplar });
}

/*
 * Each hook looks the name up at every render: a component that is mounted twice, in StrictMode, in
 * a list or after a hot reload, gets the metric that is there. Only the first options count.
 */

/**
 * Returns the counter of that name, and registers it at the first render that asks. Only the first options count.
 * @throws Error without a `<TelemetryProvider>` around it; TelemetryError as `registerCounter()`
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { TelemetryProvider, useCounter } from 'utilityfog-telemetry/react';
 *
 * function Buy() {
 *   const orders = useCounter('orders_total', 'Orders');
 *   return createElement('button', { onClick: () => orders.increment() }, 'Buy');
 * }
 *
 * const collector = new TelemetryCollector();
 * const children = createElement(Buy);
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children })));
 * // -> <button>Buy</button>
 * ```
 */
export function useCounter<const N extends string = never>(
  name: string,
  description?: string,
  options?: MetricOptions<N>,
): Counter<N> {
  const collector = useTelemetry();
  return registered(collector, name, 'counter', () =>
    collector.registerCounter(name, description, options),
  );
}

/**
 * Returns the gauge of that name, and registers it at the first render that asks. Only the first options count.
 * @throws Error without a `<TelemetryProvider>` around it; TelemetryError as `registerGauge()`
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { TelemetryProvider, useGauge } from 'utilityfog-telemetry/react';
 *
 * function Cart({ items }: { items: readonly string[] }) {
 *   const size = useGauge('cart_items', 'Things in the cart');
 *   return createElement('a', { onFocus: () => size.set(items.length) }, 'Cart');
 * }
 *
 * const collector = new TelemetryCollector();
 * const children = createElement(Cart, { items: ['tea'] });
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children })));
 * // -> <a>Cart</a>
 * ```
 */
export function useGauge<const N extends string = never>(
  name: string,
  description?: string,
  options?: GaugeOptions<N, Gauge<N>>,
): Gauge<N> {
  const collector = useTelemetry();
  return registered(collector, name, 'gauge', () =>
    collector.registerGauge(name, description, options),
  );
}

/**
 * Returns the histogram of that name, and registers it at the first render that asks. Only the first options count.
 * @throws Error without a `<TelemetryProvider>` around it; TelemetryError as `registerHistogram()`
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { renderToString } from 'react-dom/server';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { TelemetryProvider, useHistogram } from 'utilityfog-telemetry/react';
 *
 * function Search() {
 *   const seconds = useHistogram('search_seconds', 'Duration of searches');
 *   const search = () => seconds.time(() => fetch('/search'));
 *   return createElement('button', { onClick: search }, 'Search');
 * }
 *
 * const collector = new TelemetryCollector();
 * const children = createElement(Search);
 * console.log(renderToString(createElement(TelemetryProvider, { collector, children })));
 * // -> <button>Search</button>
 * ```
 */
export function useHistogram<const N extends string = never>(
  name: string,
  description?: string,
  options?: HistogramOptions<N>,
): Histogram<N> {
  const collector = useTelemetry();
  return registered(collector, name, 'histogram', () =>
    collector.registerHistogram(name, description, options),
  );
}

function registered<M>(
  collector: TelemetryCollector,
  name: string,
  type: string,
  register: () => M,
): M {
  const existing = collector.getMetric(name);
  // If it has another type, registering says what is wrong.
  return existing?.type === type ? (existing as M) : register();
}
