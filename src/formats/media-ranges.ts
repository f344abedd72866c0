/** A header as servers give it. If it came several times, it may be a list. */
export type Header = string | readonly string[] | undefined;

/** An element of a header such as `Accept`, all in lower case. */
export interface MediaRange {
  /** What is wanted, such as `text/*` or `gzip`. */
  readonly type: string;
  /** Its parameters, but for the weight. If one is there twice, the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** How much it is wanted, from 0 to 1. */
  readonly weight: number;
}

// A separator within quotes is text. A quote that is never closed reaches to the end of the header. Each
// character can match in one way only, so that no input makes this slow.
const ELEMENT = /(?:"(?:\\.?|[^"\\])*"?|[^",])+/gs;
const PARAMETER = /(?:"(?:\\.?|[^"\\])*"?|[^";])+/gs;

/** Reads a header by RFC 9110, section 12.4.2. */
export function rangesIn(header: Header): readonly MediaRange[] {
  return (String(header ?? '').match(ELEMENT) ?? []).map((element) => {
    const [type = '', ...rest] = element.match(PARAMETER) ?? [];
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const at = parameter.indexOf('=');
      const name = (at < 0 ? parameter : parameter.slice(0, at)).trim().toLowerCase();
      const value = at < 0 ? '' : unquoted(parameter.slice(at + 1).trim()).toLowerCase();
      if (!parameters.has(name)) parameters.set(name, value);
    }
    const q = parameters.get('q');
    parameters.delete('q');
    // A weight that is no number means that this is not wanted.
    const weight = q === undefined ? 1 : Math.min(Number.parseFloat(q) || 0, 1);
    return { type: type.trim().toLowerCase(), parameters, weight };
  });
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  return value.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1');
}
