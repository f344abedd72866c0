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
  'node/config.test.js', // the environment is not read here
  'node/BasicTracerProvider.test.js', // limits from the environment
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
    test: /^Span (setAttribute when (generalLimits|spanLimits|both)|should (drop extra|store the count of dropped|add no) event)/,
    reason:
      'Limits are no option. They are those that the SDK has unless it is told otherwise, and texts are at most 16,384 characters long.',
  },
  {
    test: /^Span should (log a warning attempting|drop non-string status message)/,
    reason: 'Nothing is written to `diag`. What is passed over is passed over all the same.',
  },
  {
    test: /^Span should (return ReadableSpan with links|be possible to add)/,
    reason:
      'The links that a processor sees always say `isRemote`, `attributes` and `droppedAttributesCount`. The SDK leaves out what was not given.',
  },
  {
    test: /^Tracer should pass the same context to sampler and spanprocessor$/,
    reason: 'What a processor is given is a view of the span, and not the span itself.',
  },
  {
    test: /should await unresolved resources$/,
    reason:
      'The resource of a tracer provider is an object with texts. What is found later cannot be given.',
  },
  {
    test: /should reflect sampler name/,
    reason: 'Samplers have names of their own.',
  },
  {
    test: /^(TraceIdRatioBasedSampler should (return a|handle)|Sampler )/,
    reason: '`ratio()` throws if it is not given a number from 0 to 1.',
  },
  {
    test: /^TraceIdRatioBasedSampler should not sample with a invalid trace id/,
    reason: '`ratio()` takes any ID for sound, since tracers make no other.',
  },
  {
    test: /OTEL_TRACES_SAMPLER_ARG is 0$/,
    reason: 'The environment is not read.',
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
