/** Runs the tests of @opentelemetry/sdk-metrics with this package in the place of its providers, meters and instruments. */
import { fileURLToPath } from 'node:url';
import { runSuite } from './opentelemetry.mjs';

export const LIBRARY = '@opentelemetry/sdk-metrics';

/** What is replaced. Readers and exporters stay: they are given what this package records. */
const MODULES = ['MeterProvider', 'Meter', 'Instruments'];

/** Nothing of this package would run in these. */
const LEFT_OUT_FILES = [
  // what the SDK is made of
  ...['aggregator/', 'view/', 'ExemplarFilter', 'ExemplarReservoir', 'InstrumentDescriptor'],
  ...['ObservableResult', 'utils', 'state/AsyncMetricStorage', 'state/DeltaMetricProcessor'],
  ...['state/HashMap', 'state/MeterSharedState', 'state/MetricStorageRegistry'],
  ...['state/MultiWritable', 'state/ObservableRegistry', 'state/SyncMetricStorage'],
  'state/TemporalMetricProcessor',
  // readers alone
  ...['export/MetricDataSplitter', 'export/MetricReader', 'export/PeriodicExporting'],
];

/** Cases that look at what is internal to the SDK, or only at its readers and exporters. */
const LEFT_OUT = [
  /^MeterProvider (shutdown should shutdown|forceFlush should forceFlush) all registered metric readers$/,
  /^MetricCollector constructor /,
  /^(InMemoryMetricExporter|ConsoleMetricExporter) (should return failed|should reset|constructor )/,
];

/** Why cases fail. `test` matches the full title. */
export const REASONS = [
  {
    test: /^Instruments Histogram should (record INT values|recognize metric advice|collect min and max|record DOUBLE)/,
    reason:
      'Histograms have no minimum and no maximum: docs/architecture.md says why, under "Counting".',
  },
  {
    test: /^MeterProvider constructor should use the resource passed in constructor$/,
    reason:
      'What is sent by OTLP has a `service.name`, as OpenTelemetry demands of each resource, even if the resource has none.',
  },
  {
    test: /should respect the default aggregationCardinalityLimit$/,
    reason:
      'The limit of the collector, which holds unless a view has another, does not count the overflow set: there are 2000 others.',
  },
  {
    test: /^InMemoryMetricExporter should be able to access metric$/,
    reason:
      'The attributes that are read have come from another thread: they are not the object that was recorded.',
  },
  {
    test: /^two-metric-readers-async-instrument /,
    reason:
      'With deltas, too, what may fall is sent as it is, as OpenTelemetry demands of exporters that prefer deltas. This reader asks for its differences.',
  },
  {
    test: /^MetricCollector collect should collect (batch )?observer metrics with timeout$/,
    reason:
      'How long callbacks may take is the option `collectTimeout` of the collector, since all who read at a time share one call of them.',
  },
  {
    test: /^MetricCollector collect should collect with throwing /,
    reason:
      'What a callback throws is told to `diag`, and not to a reader: the thread that records does not see readings.',
  },
];

export const run = (checkout) =>
  runSuite(checkout, {
    packageName: 'sdk-metrics',
    shim: fileURLToPath(new URL('opentelemetry-metrics-shim.cjs', import.meta.url)),
    modules: MODULES,
    leftOutFiles: LEFT_OUT_FILES,
    isLeftOut: ({ title }) => LEFT_OUT.some((pattern) => pattern.test(title)),
  });
