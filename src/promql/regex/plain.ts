import { ANY } from './char-set.ts';
import { Between, type Node } from './node.ts';

/** Texts with gaps between them that anything may fill, as in `a.*b.+`. There is one text more than gaps. */
interface Sequence {
  readonly texts: readonly string[];
  /** The fewest characters of each: 0 or 1. */
  readonly gaps: readonly number[];
}

/** A pattern that is so simple that texts are compared in place of running a program. */
export interface Plain {
  readonly literals: ReadonlySet<string>;
  readonly sequences: readonly Sequence[];
}

/** How many alternatives a pattern may grow to where alternatives follow each other. */
const MOST_PRODUCTS = 256;
/** So many sequences are still tried one after the other. A program is better at more. */
const MOST_SEQUENCES = 16;

/** Returns what a pattern, which must match a whole text, says; or `undefined` if it is not simple. */
export function plainOf(node: Node): Plain | undefined {
  const parts = node.kind === 'either' ? node.of : [node];
  const all: Sequence[] = [];
  for (const part of parts) {
    const found = sequencesOf(withoutEnds(part));
    if (!found) return;
    for (const sequence of found) all.push(sequence);
  }
  const sequences = all.filter(({ gaps }) => gaps.length > 0);
  if (sequences.length > MOST_SEQUENCES) return;
  const literals = all.filter(({ gaps }) => gaps.length === 0).map(({ texts }) => texts[0]!);
  return { literals: new Set(literals), sequences };
}

export function plainMatches({ literals, sequences }: Plain, text: string): boolean {
  return literals.has(text) || sequences.some((sequence) => fits(text, sequence));
}

/** Takes each text at the first place where it can be: then the most is left for the others. */
function fits(text: string, { texts, gaps }: Sequence): boolean {
  const last = gaps.length;
  if (!text.startsWith(texts[0]!)) return false;
  let at = texts[0]!.length;
  for (let i = 1; i < last; i++) {
    at = text.indexOf(texts[i]!, at + gaps[i - 1]!);
    if (at < 0) return false;
    at += texts[i]!.length;
  }
  return at + gaps[last - 1]! + texts[last]!.length <= text.length && text.endsWith(texts[last]!);
}

/** The whole text is asked for, so conditions that hold at its ends say nothing. */
function withoutEnds(node: Node): Node {
  if (node.kind !== 'concat') return node;
  const holds = (part: Node | undefined, what: number) =>
    part?.kind === 'between' && (part.what & what) !== 0;
  const begin = holds(node.of[0], Between.TextStart | Between.LineStart) ? 1 : 0;
  const end = holds(node.of.at(-1), Between.TextEnd | Between.LineEnd) ? -1 : undefined;
  return { kind: 'concat', of: node.of.slice(begin, end) };
}

function sequencesOf(node: Node): Sequence[] | undefined {
  switch (node.kind) {
    case 'char':
      return [literal(String.fromCodePoint(node.code))];
    case 'group':
      return sequencesOf(node.of);
    case 'concat':
      return node.of.reduce<Sequence[] | undefined>(
        (before, part) => before && followed(before, part),
        [literal('')],
      );
    case 'either': {
      const all = node.of.map(sequencesOf);
      return all.includes(undefined) ? undefined : (all as Sequence[][]).flat();
    }
    case 'repeat': {
      const { of, min, max } = node;
      if (of.kind === 'set' && of.set === ANY && max === Infinity && min < 2) {
        return [{ texts: ['', ''], gaps: [min] }];
      }
      const inner = min === 0 && max === 1 ? sequencesOf(of) : undefined;
      return inner && [...inner, literal('')];
    }
    default:
      return;
  }
}

const literal = (text: string): Sequence => ({ texts: [text], gaps: [] });

/** Returns each sequence with each of those of the part behind it. */
function followed(before: readonly Sequence[], part: Node): Sequence[] | undefined {
  const behind = sequencesOf(part);
  if (!behind || (behind.length > 1 && before.length * behind.length > MOST_PRODUCTS)) return;
  return before.flatMap((one) =>
    behind.map((other) => ({
      texts: [
        ...one.texts.slice(0, -1),
        one.texts.at(-1)! + other.texts[0]!,
        ...other.texts.slice(1),
      ],
      gaps: [...one.gaps, ...other.gaps],
    })),
  );
}
