/** Deeper elements are named from so many levels up. */
const MOST_LEVELS = 32;

/**
 * Returns an XPath by which an element can be found: from the nearest element with an ID, as OpenTelemetry's SDK for
 * browsers writes it. It has names, places and that ID, but nothing of what an element holds.
 */
export function elementPath(element: Element): string {
  let path = '';
  let at: Element | null = element;
  for (let level = 0; at && level < MOST_LEVELS; level++, at = parentOf(at)) {
    const id = Element.prototype.getAttribute.call(at, 'id');
    if (id) return `//*[@id="${id.slice(0, 100)}"]${path}`;
    path = `/${own(at, 'localName')}${placeOf(at)}${path}`;
  }
  return at ? `/${path}` : path;
}

/** Returns the element around an element. */
export const parentOf = (element: Element): Element | null => own(element, 'parentElement');

/** Returns a property as the class has it: a form has each of its fields under the name of that field. */
function own<Name extends keyof Element>(element: Element, name: Name): Element[Name] {
  return Reflect.get(Element.prototype, name, element) as Element[Name];
}

/** The place among the siblings of the same name, if there are several. */
function placeOf(element: Element): string {
  const name = own(element, 'localName');
  const next = (from: Element, step: 'previousElementSibling' | 'nextElementSibling') => {
    let at = own(from, step);
    while (at && own(at, 'localName') !== name) at = own(at, step);
    return at;
  };
  let place = 1;
  let at = next(element, 'previousElementSibling');
  const isFirst = !at;
  for (; at; at = next(at, 'previousElementSibling')) place++;
  return isFirst && !next(element, 'nextElementSibling') ? '' : `[${place}]`;
}
