/**
 * Grafana Faro, the peer for events: set up as its web SDK does it, with a transport that sends
 * nothing.
 */
import {
  BaseTransport,
  defaultInternalLoggerLevel,
  defaultUnpatchedConsole,
  initializeFaro,
} from '@grafana/faro-core';
import { EVENT_BURST, eventAttributes, eventAttributesOfTheirOwn } from '../inputs.mjs';

class NoTransport extends BaseTransport {
  name = 'none';
  version = '0';
  arrived = 0;

  isBatched() {
    return true;
  }

  send(items) {
    this.arrived += items.length;
  }
}

/** @returns {import('./list.mjs').Contender} */
export function open() {
  const transport = new NoTransport();
  const faro = initializeFaro({
    app: { name: 'bench', version: '1' },
    batching: { enabled: true, sendTimeout: 250, itemLimit: 50 },
    dedupe: true,
    globalObjectKey: 'faro',
    instrumentations: [],
    internalLoggerLevel: defaultInternalLoggerLevel,
    isolate: true,
    metas: [],
    parseStacktrace: () => ({ frames: [] }),
    paused: false,
    preventGlobalExposure: true,
    transports: [transport],
    unpatchedConsole: defaultUnpatchedConsole,
  });

  function pushEvent(attributesOf) {
    return {
      burst: EVENT_BURST,
      run(n) {
        for (let i = 0; i < n; i++) faro.api.pushEvent('checkout', attributesOf(i));
      },
      read: () => ({ series: 1, total: transport.arrived }),
    };
  }

  return {
    works: {
      'push-event': () => pushEvent(eventAttributes),
      'push-event-new-texts': () => pushEvent(eventAttributesOfTheirOwn),
    },
    close: () => faro.transports.pause(),
  };
}
