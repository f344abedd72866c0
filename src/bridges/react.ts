import {
  createContext,
  createElement,
  type FunctionComponentElement,
  type ProviderProps,
  type ReactNode,
  useContext,
} from 'react';
import type { Counter } from '../kinds/counter/recording.ts';
import type { Gauge, GaugeOptions } from '../kinds/gauge/recording.ts';
import type { Histogram, HistogramOptions } from '../kinds/histogram/recording.ts';
import type { MetricOptions } from '../kinds/recording-kind.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

const Telemetry = createContext<TelemetryCollector | undefined>(undefined);

export interface TelemetryProviderProps {
  readonly collector: TelemetryCollector;
  readonly children?: ReactNode | undefined;
}

/** Gives the collector to all components below. It starts nothing and ends nothing. */
export function TelemetryProvider({
  collector,
  children,
}: TelemetryProviderProps): FunctionComponentElement<
  ProviderProps<TelemetryCollector | undefined>
> {
  return createElement(Telemetry.Provider, { value: collector }, children);
}

/** The collector of the nearest `TelemetryProvider`. */
export function useTelemetry(): TelemetryCollector {
  const collector = useContext(Telemetry);
  if (typeof collector?.registerCounter !== 'function') {
    throw new Error(
      'utilityfog-telemetry/react: put a <TelemetryProvider collector={…}> around it',
    );
  }
  return collector;
}

/*
 * Each hook looks the name up at every render: a component that is mounted twice, in StrictMode, in
 * a list or after a hot reload, gets the metric that is there. Only the first options count.
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
