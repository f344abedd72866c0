import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml';
import { MAX_VALUES, type Place, START, YamlError, type YamlNode } from '../yaml-node.ts';

/** In UTF-16 units. One unit may become an event of a hundred bytes. */
const MAX_LENGTH = 4_194_304;
/** How many lines are moved at most, each by so much. Each costs another look at the whole text. */
const MOST_MOVED = 200;
const MARGIN = ' '.repeat(100);

interface Failure extends Error {
  readonly reason?: string | undefined;
  /** All count from 0. */
  readonly mark?: (Place & { readonly position: number }) | undefined;
}

/**
 * Returns what the first document of a YAML text says; `undefined` if the text says nothing. Only what is read of
 * it later has a type, as in Go: `1` may be a text.
 * @throws YamlError
 */
export function parseYaml(text: string): YamlNode | undefined {
  if (text.length > MAX_LENGTH) {
    const message = `the text has ${text.length} characters; ${MAX_LENGTH} are the most`;
    throw new YamlError(message, START);
  }
  const { sound, events } = eventsOf(text);
  return new Composer(sound, events).compose();
}

/**
 * Parses a text. A quoted text of several lines may end at the margin, which YAML forbids and Go's parser allows. Such
 * lines are moved to the right, where they mean the same.
 */
function eventsOf(text: string): { sound: string; events: readonly Event[] } {
  let sound = text;
  const moved = new Set<number>();
  for (;;) {
    try {
      return { sound, events: parseEvents(sound, {}) };
    } catch (error) {
      const { reason, message, mark } = error as Failure;
      const isAtMargin = reason === 'deficient indentation' && mark && !moved.has(mark.line);
      if (!isAtMargin || moved.size === MOST_MOVED) {
        const { line, column } = placeOf(mark);
        const margin = mark && moved.has(mark.line) ? MARGIN.length : 0;
        throw new YamlError(reason ?? message, { line, column: column - margin });
      }
      moved.add(mark.line);
      const at = mark.position - mark.column;
      sound = `${sound.slice(0, at)}${MARGIN}${sound.slice(at)}`;
    }
  }
}

/** The parser counts from 0. */
function placeOf(mark: Place | undefined): Place {
  return mark ? { line: mark.line + 1, column: mark.column + 1 } : START;
}

/** Makes nodes of the events of a parser. */
class Composer {
  readonly #text: string;
  readonly #events: readonly Event[];
  /** Where the lines begin. */
  readonly #lines: readonly number[];
  readonly #anchors = new Map<string, YamlNode | undefined>();
  /** How many values the nodes with anchors stand for. */
  readonly #sizes = new Map<YamlNode, number>();
  #size = 0;
  /** The number of the next event, and where the text of the one before it ends. */
  #next = 1;
  #end = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
    const breaks = [...text.matchAll(/\r\n?|\n/g)];
    this.#lines = [0, ...breaks.map(({ 0: end, index }) => index + end.length)];
  }

  compose(): YamlNode | undefined {
    // The first event is the beginning of the document.
    const content = this.#events[1];
    if (!content || content.type === EVENT_ID.POP) return undefined;
    return this.#node();
  }

  #node(): YamlNode {
    const event = this.#events[this.#next++]!;
    if (event.type === EVENT_ID.ALIAS) return this.#meant(event);
    const { anchorStart = -1, anchorEnd } = event as { anchorStart?: number; anchorEnd?: number };
    const anchor = anchorStart < 0 ? undefined : this.#text.slice(anchorStart, anchorEnd);
    const before = this.#size++;
    if (anchor === undefined) return this.#content(event);
    // Until it is whole, it must not be in itself.
    this.#anchors.set(anchor, undefined);
    const node = this.#content(event);
    this.#anchors.set(anchor, node);
    this.#sizes.set(node, this.#size - before);
    return node;
  }

  #meant({ anchorStart, anchorEnd }: Event & { type: typeof EVENT_ID.ALIAS }): YamlNode {
    const name = this.#text.slice(anchorStart, anchorEnd);
    this.#end = anchorEnd;
    const meant = this.#anchors.get(name);
    this.#size += this.#sizes.get(meant!) ?? 0;
    if (this.#size > MAX_VALUES) {
      throw new YamlError(
        `aliases make more than ${MAX_VALUES} values of it`,
        this.#place(anchorStart),
      );
    }
    if (meant) return meant;
    const isOpen = this.#anchors.has(name);
    const message = isOpen ? `anchor "${name}" contains itself` : `unknown anchor "${name}"`;
    throw new YamlError(message, this.#place(anchorStart));
  }

  #content(event: Event): YamlNode {
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event);
    const start = (event as { start: number }).start;
    this.#end = start;
    const place = this.#place(start);
    if (event.type === EVENT_ID.SEQUENCE) {
      const items: YamlNode[] = [];
      while (!this.#isOver()) items.push(this.#node());
      return { ...place, kind: 'list', items };
    }
    const entries: [YamlNode, YamlNode][] = [];
    while (!this.#isOver()) entries.push([this.#node(), this.#node()]);
    return { ...place, kind: 'mapping', entries };
  }

  #scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): YamlNode {
    const { style, valueStart, valueEnd, tagStart, tagEnd } = event;
    const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
    // The parser gives where the content begins. A block begins with its indicator, on the line before.
    const indicator = isBlock ? this.#text.slice(this.#end).search(/[|>]/) : 0;
    const start = isBlock ? this.#end + indicator : valueStart - (isQuoted ? 1 : 0);
    const place = this.#place(valueStart < 0 ? this.#end : start);
    if (valueEnd >= 0) this.#end = valueEnd;
    const tag = tagStart < 0 ? '' : this.#text.slice(tagStart, tagEnd);
    const isPlain = style === SCALAR_STYLE.PLAIN && (tag === '' || tag === '!!null');
    return { ...place, kind: 'scalar', text: getScalarValue(this.#text, event), isPlain };
  }

  /** Whether the list or mapping has ended. */
  #isOver(): boolean {
    const isOver = this.#events[this.#next]?.type === EVENT_ID.POP;
    if (isOver) this.#next++;
    return isOver;
  }

  #place(offset: number): Place {
    let from = 0;
    let to = this.#lines.length;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (this.#lines[middle]! <= offset) from = middle;
      else to = middle;
    }
    return { line: from + 1, column: offset - this.#lines[from]! + 1 };
  }
}
