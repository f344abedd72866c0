import { INSTRUMENT_LABELS } from '../../../kinds/instrument-labels.ts';
import { messageOf } from '../../../model.ts';
import type { TelemetryCollector } from '../../../telemetry-collector.ts';
import type { Counted } from './aggregation.ts';
import { prometheusName, prometheusUnit } from './prometheus-name.ts';
import type { SeriesKey } from './series.ts';

/** A family of the collector, which several streams may record. */
export interface Family {
  /** What two streams must share to be in one family. */
  readonly form: string;
  readonly metric: { labels(key: SeriesKey): unknown };
  /** Each resolves to what one stream has observed. */
  readonly observers: (() => Promise<readonly object[] | undefined>)[];
}

/** How many names are tried for instruments that would all be called the same. */
const MOST_VARIANTS = 16;
/** The errors that another name mends. */
const TAKEN = /^(dup|name_c|def)/;

/** The families that all providers of a collector share, by name. */
const shared = new WeakMap<TelemetryCollector, Map<string, Family>>();

/**
 * Returns the family of streams of that name that are counted so. If the name is taken by something else, another is
 * made of it. Returns `undefined` if that does not help.
 * @param ucum the unit as OpenTelemetry has it
 */
export function familyOf(
  collector: TelemetryCollector,
  name: string,
  ucum: string,
  description: string,
  { register, options }: Counted,
  isObserved: boolean,
): Family | undefined {
  const families = shared.get(collector) ?? new Map<string, Family>();
  shared.set(collector, families);
  const unit = prometheusUnit(ucum, register === 'registerGauge');
  const form = JSON.stringify([register, options, unit, isObserved]);
  let failure: unknown = 'too many are called like it';
  for (let variant = 1; variant <= MOST_VARIANTS; variant++) {
    const exposed = prometheusName(name, unit, register === 'registerCounter', variant);
    const known = families.get(exposed);
    if (known?.form === form) return known;
    if (known) continue;
    const observers: Family['observers'] = [];
    const collect = async () =>
      (await Promise.all(observers.map((one) => one()))).flatMap((found) => found ?? []);
    const all = { labelNames: INSTRUMENT_LABELS, unit, ...options, ...(isObserved && { collect }) };
    try {
      const made = {
        form,
        metric: collector[register](exposed, description, all as object),
        observers,
      };
      families.set(exposed, made);
      return made;
    } catch (error) {
      failure = messageOf(error);
      if (!TAKEN.test((error as { code?: string }).code!)) break;
    }
  }
  collector.fail('definition', `opentelemetry: ${name} is not recorded: ${failure}`);
  return undefined;
}
