/** A worker that takes the place of a page. A worker of its own collects what it records. */

import { conform } from '/conformance/cases.mjs';
import * as telemetry from './package.mjs';
import { placeOf } from './place.mjs';

self.onmessage = async ({ data }) => postMessage(await conform(telemetry, placeOf(data)));
