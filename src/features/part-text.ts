/**
 * The part of the feature that imports this, as a script that sets `exports.name` and `exports.start`. The build
 * replaces it. Run from source there is no such text.
 */
export const partText: string = '';
