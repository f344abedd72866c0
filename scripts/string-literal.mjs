/**
 * Returns a text as a string of JavaScript, for the texts of the worker and of parts. It is in single quotes, since minified
 * code has few of them.
 * @param {string} text
 */
export const stringLiteral = (text) =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
