/** Stands in for Node's `util`, which prom-client writes its error messages with. */
export const format = String;
export const inspect = String;
