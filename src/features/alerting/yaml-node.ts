/** Where something stands in a text. Both count from 1. */
export interface Place {
  /** The line, counted from 1. */
  readonly line: number;
  /** The column, counted from 1. */
  readonly column: number;
}

/** A value of a YAML text, with its place. What an alias stands for is the same object each time. */
export type YamlNode = Place &
  (
    | {
        readonly kind: 'scalar';
        readonly text: string;
        /** Whether it was written without quotes, so that it may be a number or null. */
        readonly isPlain: boolean;
      }
    | { readonly kind: 'list'; readonly items: readonly YamlNode[] }
    | { readonly kind: 'mapping'; readonly entries: readonly (readonly [YamlNode, YamlNode])[] }
  );

/** What is wrong with a text, and where. */
export class YamlError extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** What is wrong with the whole is wrong from its start on. */
export const START: Place = { line: 1, column: 1 };
/** A text may stand for so many values. What is named by an alias counts each time. */
export const MAX_VALUES = 1_000_000;

/** Returns the nodes of an object, as if it had been written with every text in quotes. @throws YamlError */
export function nodeOf(object: unknown): YamlNode {
  let size = 0;
  const convert = (value: unknown, depth: number): YamlNode => {
    if (depth > 8 || ++size > MAX_VALUES) throw new YamlError('the object is too large', START);
    if (Array.isArray(value)) {
      return { ...START, kind: 'list', items: value.map((one) => convert(one, depth + 1)) };
    }
    if (typeof value === 'object' && value !== null) {
      const given = Object.entries(value).filter(([, one]) => one !== undefined);
      const entries = given.map(
        ([name, one]) => [convert(name, depth), convert(one, depth + 1)] as const,
      );
      return { ...START, kind: 'mapping', entries };
    }
    const isPlain = typeof value !== 'string';
    return { ...START, kind: 'scalar', text: String(value), isPlain };
  };
  return convert(object, 0);
}
