// Built with the edge runtime in the place of `#runtime`: the same names, the collector inline.
export * from './index.ts';
