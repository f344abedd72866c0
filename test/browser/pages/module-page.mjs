/** A page, or a frame of one, whose scripts are modules. */

import { conform } from '/conformance/cases.mjs';
import * as telemetry from './package.mjs';
import { placeOf } from './place.mjs';

window.conformance = (given) => conform(telemetry, placeOf(given));
