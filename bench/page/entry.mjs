/** Which telemetry it is, the bundler is told. */
import { open } from '#telemetry';
import { offerRun } from './page.mjs';

offerRun(open);
