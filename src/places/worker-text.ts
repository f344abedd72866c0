/**
 * The worker as the text of a classic script. The build replaces this. Run from source there is no such
 * text, and the collector starts inline.
 */
export const workerText: string = '';
