/**
 * What the tests of @opentelemetry/sdk-metrics get for its providers, meters and instruments: those of this package. The
 * file is copied beside those tests. Readers stay those of the SDK, and are given what this package sends by OTLP.
 */
const { createServer } = require('node:http');
const { createNoopMeter, ValueType } = require('@opentelemetry/api');
const { defaultResource, resourceFromAttributes } = require('@opentelemetry/resources');
const { OTLPExporter, TelemetryCollector } = require('utilityfog-telemetry');
const { meterProvider } = require('utilityfog-telemetry/opentelemetry');
const { AggregationType } = require('./src/view/AggregationOption');
const { AggregationTemporality } = require('./src/export/AggregationTemporality');
const { DataPointType, InstrumentType } = require('./src/export/MetricData');

const logger = { warn() {}, error() {} };

/** The last request to each path. */
const received = new Map();
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  received.set(request.url, JSON.parse(body));
  response.setHeader('content-type', 'application/json').end('{}');
});
const listening = new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});
server.unref();
let paths = 0;

/** What a reader asks for each type of instrument, as the views that say so here. */
function viewsOf(readers) {
  return readers.flatMap((reader) =>
    Object.values(InstrumentType).flatMap((instrumentType) => {
      const aggregation = reader.selectAggregation(instrumentType);
      const aggregationCardinalityLimit = reader.selectCardinalityLimit(instrumentType);
      const isDefault =
        aggregation.type === AggregationType.DEFAULT && aggregationCardinalityLimit === 2000;
      return isDefault ? [] : [{ instrumentType, aggregation, aggregationCardinalityLimit }];
    }),
  );
}

const { constructor: NoopMeter } = createNoopMeter();
const meters = new WeakSet();
const typesOf = new WeakMap();

/** Notes the type of each instrument that a meter makes. OTLP does not say it. */
function noting(meter, descriptors) {
  if (meters.has(meter) || meter instanceof NoopMeter) return meter;
  meters.add(meter);
  for (const type of Object.values(InstrumentType)) {
    const words = type.split('_').map((word) => word[0] + word.slice(1).toLowerCase());
    const name = `create${words.join('')}`;
    const create = meter[name];
    meter[name] = (called, options) => {
      const instrument = create.call(meter, called, options);
      typesOf.set(instrument, type);
      const { valueType, advice = {} } = options ?? {};
      descriptors.set(called, { type, valueType, advice });
      return instrument;
    };
  }
  return meter;
}

class MeterProvider {
  #provider;
  #descriptors = new Map();
  #readers;

  constructor({ resource, readers = [], views = [] } = {}) {
    const collector = new TelemetryCollector({ logger });
    this.#provider = meterProvider(collector, {
      views: views.length > 0 ? views : viewsOf(readers),
      resource: resource ?? defaultResource(),
    });
    this.#readers = readers;
    for (const reader of readers) {
      const temporality = reader.selectAggregationTemporality(InstrumentType.COUNTER);
      const isDelta = temporality === AggregationTemporality.DELTA;
      reader.setMetricProducer(
        producerOf(collector, resource ?? defaultResource(), isDelta, this.#descriptors),
      );
    }
  }

  getMeter(name, version, options) {
    return noting(this.#provider.getMeter(name, version, options), this.#descriptors);
  }

  async forceFlush(options) {
    await this.#provider.forceFlush();
    await Promise.all(this.#readers.map((reader) => reader.forceFlush(options)));
  }

  async shutdown(options) {
    await this.#provider.shutdown();
    await Promise.all(this.#readers.map((reader) => reader.shutdown(options)));
  }
}

function producerOf(collector, resource, isDelta, descriptors) {
  const path = `/${paths++}`;
  let exporter;
  return {
    async collect() {
      exporter ??= new OTLPExporter({
        url: (await listening) + path,
        encoding: 'json',
        compression: 'none',
        ...(isDelta && { temporality: 'delta' }),
      });
      if (!(await exporter.exportMetrics(collector))) throw new Error('not sent');
      const [{ resource: sent, scopeMetrics }] = received.get(path).resourceMetrics;
      return {
        resourceMetrics: {
          resource: readResource(sent, resource),
          scopeMetrics: scopeMetrics
            // The collector counts itself.
            .filter(({ scope }) => scope.name !== 'utilityfog-telemetry')
            .map((one) => readScope(one, descriptors)),
        },
        errors: [],
      };
    },
  };
}

/** Returns the resource that was given if that is what was sent, else what was sent. */
function readResource({ attributes }, given) {
  const { 'service.instance.id': _, ...sent } = readAttributes(attributes);
  // A resource remembers that it was asked for its attributes, which tests can see. The first of a name counts.
  const wanted = Object.fromEntries([...given.getRawAttributes()].reverse());
  const text = (of) => JSON.stringify(Object.entries(of).sort());
  return text(sent) === text(wanted) ? given : resourceFromAttributes(sent);
}

function readScope({ scope, schemaUrl, metrics }, descriptors) {
  return {
    scope: { name: scope.name, version: scope.version ?? '', schemaUrl },
    metrics: metrics.map((metric) => readMetric(metric, descriptors)),
  };
}

const FORMS = {
  sum: [DataPointType.SUM, readNumber, InstrumentType.COUNTER],
  gauge: [DataPointType.GAUGE, readNumber, InstrumentType.GAUGE],
  histogram: [DataPointType.HISTOGRAM, readBuckets, InstrumentType.HISTOGRAM],
  exponentialHistogram: [
    DataPointType.EXPONENTIAL_HISTOGRAM,
    readExponential,
    InstrumentType.HISTOGRAM,
  ],
};

function readMetric({ name, description = '', unit = '', ...rest }, descriptors) {
  const [[form, { dataPoints, aggregationTemporality, isMonotonic }]] = Object.entries(rest);
  const [dataPointType, value, type] = FORMS[form];
  const noted = descriptors.get(name) ?? { type, advice: {} };
  const isInteger = dataPoints.some((point) => point.asInt !== undefined);
  const sent = isInteger ? ValueType.INT : ValueType.DOUBLE;
  // OTLP has no type of value for histograms.
  const valueType = form === 'sum' || form === 'gauge' ? sent : (noted.valueType ?? sent);
  return {
    descriptor: { name, description, unit, type: noted.type, valueType, advice: noted.advice },
    // In OTLP, 1 is delta and 2 is cumulative.
    aggregationTemporality: (aggregationTemporality ?? 2) - 1,
    dataPointType,
    ...(form === 'sum' && { isMonotonic: isMonotonic ?? false }),
    dataPoints: dataPoints.map((point) => ({
      startTime: readTime(point.startTimeUnixNano ?? point.timeUnixNano),
      endTime: readTime(point.timeUnixNano),
      attributes: readAttributes(point.attributes ?? []),
      value: value(point),
    })),
  };
}

function readTime(nanoseconds) {
  const second = 1_000_000_000n;
  return [Number(BigInt(nanoseconds) / second), Number(BigInt(nanoseconds) % second)];
}

function readNumber({ asInt, asDouble }) {
  return Number(asInt ?? asDouble);
}

const numbers = (list = []) => list.map(Number);
const common = ({ min, max, sum, count }) => ({
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
  sum,
  count: Number(count),
});

function readBuckets(point) {
  const { explicitBounds = [], bucketCounts } = point;
  return {
    buckets: { boundaries: explicitBounds, counts: numbers(bucketCounts) },
    ...common(point),
  };
}

function readExponential(point) {
  const side = ({ offset = 0, bucketCounts } = {}) => ({
    offset,
    bucketCounts: numbers(bucketCounts),
  });
  const { scale = 0, zeroCount = 0, positive, negative } = point;
  return {
    ...common(point),
    scale,
    zeroCount: Number(zeroCount),
    positive: side(positive),
    negative: side(negative),
  };
}

function readAttributes(attributes) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue({ stringValue, boolValue, intValue, doubleValue, arrayValue }) {
  if (arrayValue) return (arrayValue.values ?? []).map(readValue);
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? boolValue ?? Number(doubleValue);
}

/** The SDK makes meters of its own state, of which only the scope matters here. */
class Meter {
  constructor({ _instrumentationScope: { name, version, schemaUrl } }) {
    // biome-ignore lint/correctness/noConstructorReturn: it is a meter of this package
    return new MeterProvider().getMeter(name, version, { schemaUrl });
  }

  static [Symbol.hasInstance](one) {
    return meters.has(one);
  }
}

/** The classes of instruments, which tests only ask whether something is one of them. */
const instrumentOf = (type) => ({ [Symbol.hasInstance]: (one) => typesOf.get(one) === type });
const classOf = (type) => Object.defineProperties(class {}, descriptorsOf(instrumentOf(type)));
const descriptorsOf = Object.getOwnPropertyDescriptors;

module.exports = {
  MeterProvider,
  Meter,
  CounterInstrument: classOf(InstrumentType.COUNTER),
  GaugeInstrument: classOf(InstrumentType.GAUGE),
  HistogramInstrument: classOf(InstrumentType.HISTOGRAM),
  UpDownCounterInstrument: classOf(InstrumentType.UP_DOWN_COUNTER),
  ObservableCounterInstrument: classOf(InstrumentType.OBSERVABLE_COUNTER),
  ObservableGaugeInstrument: classOf(InstrumentType.OBSERVABLE_GAUGE),
  ObservableUpDownCounterInstrument: classOf(InstrumentType.OBSERVABLE_UP_DOWN_COUNTER),
};
