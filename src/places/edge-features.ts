// What an edge function loads that uses features.
export { openParts } from '../collector/open-parts.ts';
