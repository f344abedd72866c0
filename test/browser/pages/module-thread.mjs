/** A thread that joins. */
import * as telemetry from '/package/index.js';
import { answerWith } from './thread.mjs';

answerWith(telemetry);
