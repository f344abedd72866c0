/** A case returns this once it has seen that the place refuses in the right way. */
export const NOT_OFFERED = 'not offered';

/** Returns the `persist` of a collector in that place. `name` keeps it apart from others. */
export function persistOf(place, name) {
  return { ...place.persist, name: `conformance ${place.name} ${name}` };
}
