/** Registers nothing: at the edge a program cannot ask anything about its process. */
export function instrumentRuntime(): void {}
