import type { CharSet } from './char-set.ts';

/** The conditions that stand between two characters. Their sum tells which of them hold at a place. */
export const Between = {
  LineStart: 1,
  LineEnd: 2,
  TextStart: 4,
  TextEnd: 8,
  WordBoundary: 16,
  NoWordBoundary: 32,
} as const;

/** A part of a regular expression. */
export type Node =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'between'; readonly what: number }
  /** One after the other. Without any it is the empty text. */
  | { readonly kind: 'concat' | 'either'; readonly of: readonly Node[] }
  | { readonly kind: 'group'; readonly of: Node; readonly index: number }
  | {
      readonly kind: 'repeat';
      readonly of: Node;
      readonly min: number;
      /** It may be `Infinity`. */
      readonly max: number;
      readonly lazy: boolean;
    };

/** Tells whether a part may match the empty text. Conditions count as empty. */
export function mayBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'char':
    case 'set':
      return false;
    case 'between':
      return true;
    case 'concat':
      return node.of.every(mayBeEmpty);
    case 'either':
      return node.of.some(mayBeEmpty);
    case 'group':
      return mayBeEmpty(node.of);
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.of);
  }
}
