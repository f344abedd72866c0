/**
 * What the tests of @opentelemetry/sdk-trace-base get for its classes: they make providers of this package. The file is
 * copied beside those tests. It decides nothing: what the SDK has and this package has not is `undefined` here.
 */
const { ROOT_CONTEXT, trace } = require('@opentelemetry/api');
const { TelemetryCollector } = require('utilityfog-telemetry');
const ours = require('utilityfog-telemetry/opentelemetry');

const collector = new TelemetryCollector();

/** What the last span to be started looks like to processors. */
let newest;
const looking = {
  onStart(view) {
    newest = view;
  },
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

const READABLE = [
  ...[
    'attributes',
    'duration',
    'droppedAttributesCount',
    'droppedEventsCount',
    'droppedLinksCount',
  ],
  ...['ended', 'endTime', 'events', 'instrumentationScope', 'kind', 'links', 'name'],
  ...['parentSpanContext', 'resource', 'startTime', 'status'],
];
const joined = new WeakSet();

/** In the SDK, a span can also be read. Here, processors read it, so both are made one. */
function join(span, view) {
  const whole = new Proxy(span, {
    get(_, key) {
      if (READABLE.includes(key)) return view[key];
      const value = span[key];
      if (typeof value !== 'function') return value;
      return (...given) => {
        const result = value.apply(span, given);
        return result === span ? whole : result;
      };
    },
  });
  joined.add(whole);
  return whole;
}

const tracers = new WeakSet();

function withReadableSpans(tracer, instrumentationScope, processor, { resource, ...config }) {
  if (tracers.has(tracer)) return tracer;
  tracers.add(tracer);
  const start = tracer.startSpan;
  const startSpan = (...given) => {
    newest = undefined;
    const span = start.apply(tracer, given);
    return newest ? join(span, newest) : span;
  };
  return Object.assign(tracer, {
    startSpan,
    instrumentationScope,
    _spanProcessor: processor,
    _resource: resource,
    // The limits of a tracer are given to the constructor of spans.
    getSpanLimits: () => limitsOf(config),
    getGeneralLimits: () => ({}),
  });
}

/** The SDK's general limits count where there are none for spans. Here there are those for spans. */
const limitsOf = ({ generalLimits, spanLimits }) => ({ ...generalLimits, ...spanLimits });

/** `processor` is what a provider has below as `_activeSpanProcessor`. */
function providerOf({ sampler, resource, ...config }, processors) {
  return ours.tracerProvider(collector, {
    ...(sampler && { sampler }),
    ...(resource && { resource }),
    spanLimits: ours.spanLimits(limitsOf(config)),
    processors: ours.spanProcessors([looking, ...processors]),
  });
}

class BasicTracerProvider {
  #provider;
  #config;

  constructor(config = {}) {
    this.#config = config;
    const processors = config.spanProcessors ?? [];
    this.#provider = providerOf(config, processors);
    this._resource = config.resource;
    this._activeSpanProcessor = { processors, shutdown: () => this.shutdown() };
  }

  getTracer(name, version, options) {
    const tracer = this.#provider.getTracer(name, version, options);
    const scope = { name, version };
    return withReadableSpans(tracer, scope, this._activeSpanProcessor, this.#config);
  }

  forceFlush() {
    return this.#provider.forceFlush();
  }

  shutdown() {
    return this.#provider.shutdown();
  }
}

class Tracer {
  constructor(scope, config, resource, processor) {
    const provider = providerOf({ resource, ...config }, processor?.processors ?? []);
    const tracer = provider.getTracer(scope.name, scope.version);
    // biome-ignore lint/correctness/noConstructorReturn: it is a tracer of this package
    return withReadableSpans(tracer, scope, processor, { ...config, resource });
  }

  static [Symbol.hasInstance](one) {
    return tracers.has(one);
  }
}

/** The SDK makes spans with given IDs. Here they are in the trace that is given, and have IDs of their own. */
class SpanImpl {
  constructor({ scope, name, kind, links, attributes, startTime, ...rest }) {
    const { spanContext, parentSpanContext, resource, spanLimits, spanProcessor } = rest;
    const tracer = new Tracer(scope, { spanLimits }, resource, spanProcessor);
    const parent = {
      ...spanContext,
      ...(parentSpanContext && { spanId: parentSpanContext.spanId }),
    };
    const around = trace.setSpanContext(ROOT_CONTEXT, parent);
    // biome-ignore lint/correctness/noConstructorReturn: it is a span of this package
    return tracer.startSpan(name, { kind, links, attributes, startTime }, around);
  }

  static [Symbol.hasInstance](one) {
    return joined.has(one);
  }
}

/** A sampler of this package, with nothing but the SDK's constructor. */
class OurSampler {
  #sampler;

  constructor(sampler) {
    this.#sampler = sampler;
  }

  shouldSample(...given) {
    return this.#sampler.shouldSample(...given);
  }

  toString() {
    return this.#sampler.toString();
  }
}

module.exports = {
  BasicTracerProvider,
  Tracer,
  SpanImpl,
  AlwaysOnSampler: class extends OurSampler {
    constructor() {
      super(ours.alwaysOn);
    }
  },
  AlwaysOffSampler: class extends OurSampler {
    constructor() {
      super(ours.alwaysOff);
    }
  },
  ParentBasedSampler: class extends OurSampler {
    constructor({ root }) {
      super(ours.parentBased(root));
    }
  },
  TraceIdRatioBasedSampler: class extends OurSampler {
    constructor(share = 0) {
      super(ours.ratio(share));
    }
  },
};
