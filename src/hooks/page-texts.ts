/** Texts of errors, made short and without what may be secret. Imports nothing. */

/** The name and password of a URL. */
const USER = /\/\/[^\s/@]*@/g;
/** A path, its query and fragment, and the line and column that follow in a stack. */
const AFTER_PATH = /(\/[^\s?#"'`<>()]*)[?#][^\s"'`<>()]*?(:\d+:\d+)?(?=[\s"'`<>()]|$)/g;
/** A part of a query that follows no path. */
const PARAMETER = /[?&][\w.~-]+=[^\s&"'`<>()]*/g;

/**
 * Returns at most so many characters of a text, without the query, fragment, name and password of URLs, since these
 * may hold tokens.
 */
export function plainText(text: string, most: number): string {
  // It is cut before, since it may be huge; a query that is cut is left out all the same.
  const plain = text
    .slice(0, most * 4)
    .replace(USER, '//')
    .replace(AFTER_PATH, '$1$2')
    .replace(PARAMETER, '');
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}
