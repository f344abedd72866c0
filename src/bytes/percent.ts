/** Returns the text of a part of a URL; the part itself if a percent sign in it is only that. Imports nothing. */
export function percentDecoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
