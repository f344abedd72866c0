/** A worker that several pages share. */

import { conform } from '/conformance/cases.mjs';
import * as telemetry from './package.mjs';
import { placeOf } from './place.mjs';

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = async ({ data }) => port.postMessage(await conform(telemetry, placeOf(data)));
};
