import { diag, type Meter, type MetricOptions, type Observable } from '@opentelemetry/api';
import { INSTRUMENT_FLAGS } from '../../../kinds/instrument-labels.ts';
import { messageOf } from '../../../model.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import { listText } from '../attributes.ts';
import { type Scope, shortText } from '../scope.ts';
import { countedAs } from './aggregation.ts';
import type { Callbacks } from './callbacks.ts';
import { familyOf } from './families.ts';
import {
  AddingInstrument,
  type InstrumentHead,
  type Target,
  ValueInstrument,
} from './instruments.ts';
import { type Change, ObservableInstrument, observed } from './observable-instrument.ts';
import { Stream } from './stream.ts';
import type { InstrumentType, ViewOptions } from './view-options.ts';
import { isFor, type Selected } from './views.ts';

/** What all meters of a provider share. */
export interface MeterHost {
  readonly collector: TelemetryCollector;
  readonly views: readonly ViewOptions[];
  readonly callbacks: Callbacks;
}

/** What OpenTelemetry demands of names. Others are recorded, too. */
const NAME = /^[a-z][\w.\-/]{0,254}$/i;
const MOST_NAME = 255;
const MOST_UNIT = 63;
const MOST_DESCRIPTION = 500;
/** `ValueType.INT` */
const INT = 0;

/** The views of an instrument for which there is none. */
const NO_VIEW: readonly ViewOptions[] = [{}];

/** What an application has said of an instrument. */
interface Described extends Selected {
  readonly description: unknown;
  readonly isInteger: boolean;
  readonly boundaries: unknown;
}

/** Returns a meter, which makes the instruments of a library. None of its methods throws. */
export function meterOf({ collector, views, callbacks }: MeterHost, scope: Scope): Meter {
  /** The observable instruments, by what was said of them: each has one set of callbacks. */
  const observables = new Map<string, ObservableInstrument>();

  const change: Change = (what, callback, of) =>
    void callbacks.use((observing) => observing[what](callback, observed(of)));

  const head = (type: InstrumentType, given: unknown, options: unknown): InstrumentHead => {
    const described = describe(type, given, options, scope);
    const { name, isInteger } = described;
    return {
      name,
      isInteger,
      isPositive: type === 'COUNTER' || type === 'HISTOGRAM',
      targets: targetsOf(described),
      failed(error) {
        const what = `opentelemetry: ${name}: a recording failed: ${messageOf(error)}`;
        collector.fail('invalid_labels', what);
      },
    };
  };

  const observable = (type: InstrumentType, given: unknown, options: unknown): Observable => {
    const described = describe(type, given, options, scope);
    const { name, unit, isInteger } = described;
    const key = [type, name.toLowerCase(), unit].join();
    const known = observables.get(key);
    if (known) return known;
    const made = new ObservableInstrument(name, isInteger, change);
    observables.set(key, made);
    for (const target of targetsOf(described)) {
      target.stream.family.observers.push(() => callbacks.use((one) => one.found(made, target)));
    }
    return made;
  };

  /** Returns what the instrument records: one stream, or one for each view that is for it. */
  const targetsOf = (described: Described): Target[] => {
    const own = views.filter((view) => isFor(view, described));
    return (own.length > 0 ? own : NO_VIEW).flatMap((view) => targetOf(collector, described, view));
  };

  return {
    createCounter: (name, options) => new AddingInstrument(head('COUNTER', name, options)),
    createUpDownCounter: (name, options) =>
      new AddingInstrument(head('UP_DOWN_COUNTER', name, options)),
    createGauge: (name, options) => new ValueInstrument(head('GAUGE', name, options)),
    createHistogram: (name, options) => new ValueInstrument(head('HISTOGRAM', name, options)),
    createObservableCounter: (name, options) => observable('OBSERVABLE_COUNTER', name, options),
    createObservableUpDownCounter: (name, options) =>
      observable('OBSERVABLE_UP_DOWN_COUNTER', name, options),
    createObservableGauge: (name, options) => observable('OBSERVABLE_GAUGE', name, options),
    addBatchObservableCallback: (callback, of) => change('add', callback, of),
    removeBatchObservableCallback: (callback, of) => change('remove', callback, of),
  };
}

/** Returns what an instrument records by a view; nothing if that drops it, or if it has no family. */
function targetOf(
  collector: TelemetryCollector,
  described: Described,
  view: ViewOptions,
): readonly Target[] {
  const { type, unit, isInteger, boundaries, scope } = described;
  const counted = countedAs(type, view.aggregation, boundaries);
  if (!counted) return [];
  const { name = described.name } = view;
  const description = shortText(view.description ?? described.description, MOST_DESCRIPTION);
  const isObserved = type.startsWith('OBS');
  const family = familyOf(collector, name, unit, description, counted, isObserved);
  if (!family) return [];
  const { integer, sum } = INSTRUMENT_FLAGS;
  const flags = (isInteger ? integer : 0) + ('expireAfter' in counted.options ? sum : 0);
  const of = [name, unit, description, flags, scope.name, scope.version, scope.schemaUrl];
  const text = listText([...of.map((one) => JSON.stringify(one)), '[]']);
  return [{ ...counted, stream: new Stream(family, text, view) }];
}

/** Returns what is meant by what a library has given, which may be anything. */
function describe(type: InstrumentType, given: unknown, options: unknown, scope: Scope): Described {
  const long = shortText(given, MOST_NAME + 1);
  if (!NAME.test(long)) diag.warn(`Invalid metric name: ${long}`);
  const name = long.slice(0, MOST_NAME);
  const about = { type, name, scope };
  try {
    const { unit, description, valueType, advice } = Object(options) as MetricOptions;
    return {
      ...about,
      unit: shortText(unit, MOST_UNIT),
      description,
      isInteger: valueType === INT,
      boundaries: advice?.explicitBucketBoundaries,
    };
  } catch {
    return describe(type, name, {}, scope); // a getter has thrown
  }
}
