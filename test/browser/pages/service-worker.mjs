/** A service worker. It may neither load code later nor start workers, so it is bundled. */
import * as api from '@opentelemetry/api';
import * as alerting from '../../../dist/alerting.js';
import * as analytics from '../../../dist/analytics.js';
import * as history from '../../../dist/history.js';
import * as index from '../../../dist/index.js';
import * as opentelemetry from '../../../dist/opentelemetry.js';
import * as promql from '../../../dist/promql.js';
import { conform } from '../../runtimes/conformance/cases.mjs';
import { placeOf } from './place.mjs';

const telemetry = {
  ...{ ...index, ...alerting, ...analytics, ...history, ...opentelemetry, ...promql },
  api,
};

self.oninstall = () => self.skipWaiting();
self.onactivate = (event) => event.waitUntil(self.clients.claim());
self.onmessage = (event) => {
  const done = async () => {
    event.ports[0].postMessage(await conform(telemetry, placeOf(event.data)));
  };
  event.waitUntil(done());
};
