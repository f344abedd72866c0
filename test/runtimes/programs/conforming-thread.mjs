// The other thread of the conformance suite. Nothing holds it open once it was told to leave.
import { parentPort, workerData } from 'node:worker_threads';
import * as telemetry from 'utilityfog-telemetry';
import { join } from '../conformance/joined-thread.mjs';

const { link, leave } = await join(telemetry, workerData.port, workerData.options);
parentPort.once('message', leave);
parentPort.postMessage({ link });
