/** Deeper elements are named from so many levels up. */
const MOST_LEVELS = 32;

/**
 * Returns an XPath by which an element can be found: from the nearest element with an ID, as OpenTelemetry's SDK for
 * browsers writes it. It has names, places and that ID, but nothing of what an element holds.
 */
export function elementPath(element: Element): string {
  let path = '';
  let at: Element | null = element;
  for (let level = 0; at && level < MOST_LEVELS; level++, at = at.parentElement) {
    // A form may have a field of the name `id`.
    const id = at.getAttribute('id');
    if (id) return `//*[@id="${id.slice(0, 100)}"]${path}`;
    path = `/${at.localName}${placeOf(at)}${path}`;
  }
  return at ? `/${path}` : path;
}

/** The place among the siblings of the same name, if there are several. */
function placeOf(element: Element): string {
  const { localName } = element;
  const next = (from: Element | null, step: 'previousElementSibling' | 'nextElementSibling') => {
    let at = from?.[step];
    while (at && at.localName !== localName) at = at[step];
    return at ?? null;
  };
  let place = 1;
  let at = next(element, 'previousElementSibling');
  const isFirst = !at;
  for (; at; at = next(at, 'previousElementSibling')) place++;
  return isFirst && !next(element, 'nextElementSibling') ? '' : `[${place}]`;
}
