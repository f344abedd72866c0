/** What a case returns once it has seen that the place refuses in the way that it should. */
export const NOT_OFFERED = 'not offered';

/** `persist` of a collector in that place, kept apart from others by `name`. */
export function persistOf(place, name) {
  return { ...place.persist, name: `conformance ${place.name} ${name}` };
}
