/**
 * The worker as the text of a classic script. The build puts it here; run from source there is no
 * such text, and the collector starts inline.
 */
export const workerText: string = '';
