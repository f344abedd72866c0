/** A service worker. It may neither load code later nor start workers, so it is bundled. */
import * as telemetry from '../../../dist/index.js';
import { conform } from '../../runtimes/conformance/cases.mjs';
import { placeOf } from './place.mjs';

self.oninstall = () => self.skipWaiting();
self.onactivate = (event) => event.waitUntil(self.clients.claim());
self.onmessage = (event) => {
  const done = async () => {
    event.ports[0].postMessage(await conform(telemetry, placeOf(event.data)));
  };
  event.waitUntil(done());
};
