/** Runs the tests of @opentelemetry/sdk-trace-base with this package in the place of its tracers, spans and samplers. */
import { fileURLToPath } from 'node:url';
import { runSuite } from './opentelemetry.mjs';

export const LIBRARY = '@opentelemetry/sdk-trace-base';

/** What is replaced. Processors and exporters stay: they are given what this package records. */
const MODULES = [
  ...[
    'BasicTracerProvider',
    'Tracer',
    'Span',
    'sampler/AlwaysOnSampler',
    'sampler/AlwaysOffSampler',
  ],
  ...['sampler/ParentBasedSampler', 'sampler/TraceIdRatioBasedSampler'],
];

/** Nothing of this package would run in these. */
const LEFT_OUT_FILES = [
  'common/platform/RandomIdGenerator.test.js', // IDs are no option here
  'node/config.test.js', // samplers from the environment
  'node/BasicTracerProvider.test.js', // the limits that a tracer says it has
];

/** Cases that look at what is internal to the SDK: properties with `_`, and methods that its API does not have. */
const LEFT_OUT = [
  /^BasicTracerProvider constructor when options not defined should use empty span processor/,
  /^BasicTracerProvider constructor when user sets span processors/,
  /^BasicTracerProvider constructor (generalLimits|spanLimits) /,
  /^BasicTracerProvider \.startSpan\(\) should propagate resources/,
  /^BasicTracerProvider \.(resource|shutdown\(\)) /,
  /^Tracer should (create a Tracer instance|use an ParentBasedSampler by default)/,
  /^Tracer should have an instrumentationScope/,
  /^MultiSpanProcessor should (force span processors|wait for all|call globalErrorHandler)/,
];

/** Why cases fail. `test` matches the full title. */
export const REASONS = [
  {
    test: /^Span should (log a warning attempting|drop extra events|drop non-string status message)/,
    reason: 'Nothing is written to `diag`. What is passed over is passed over all the same.',
  },
  {
    test: /^Tracer should pass the same context to sampler and spanprocessor$/,
    reason: 'What a processor is given is a view of the span, and not the span itself.',
  },
  {
    test: /^TraceIdRatioBasedSampler should (return a|handle -?NaN|reflect sampler name)/,
    reason: '`ratio()` throws if it is not given a number from 0 to 1.',
  },
  {
    test: /OTEL_TRACES_SAMPLER_ARG is 0$/,
    reason: 'No sampler is made of what is in the environment.',
  },
];

export const run = (checkout) =>
  runSuite(checkout, {
    packageName: 'opentelemetry-sdk-trace-base',
    shim: fileURLToPath(new URL('opentelemetry-traces-shim.cjs', import.meta.url)),
    modules: MODULES,
    leftOutFiles: LEFT_OUT_FILES,
    isLeftOut: ({ title }) => LEFT_OUT.some((pattern) => pattern.test(title)),
  });
