/** There is nothing here that a program may ask about its process. */
export function instrumentRuntime(): void {}
