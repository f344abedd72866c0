/** A worker in the place of a page: what it records is collected by a worker of its own. */

import { conform } from '/conformance/cases.mjs';
import * as telemetry from '/package/index.js';
import { placeOf } from './place.mjs';

self.onmessage = async ({ data }) => postMessage(await conform(telemetry, placeOf(data)));
