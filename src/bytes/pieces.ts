/** Bytes in pieces, one after the other. Nobody may change them: others may share them. */
export type Pieces = readonly Uint8Array[];

/** Joins the pieces into one. */
export function joinPieces(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
