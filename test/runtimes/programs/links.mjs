// Records the same things over one kind of link and prints all that comes out.
import * as telemetry from 'utilityfog-telemetry';
import { scenario } from './scenario.mjs';

const { link } = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await scenario(telemetry, { link })));
