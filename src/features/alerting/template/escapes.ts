/** Half of a pair of surrogates has no UTF-8. */
const LONE = /\p{Cs}/gu;
const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

const hex = (code: number) => code.toString(16).toUpperCase().padStart(4, '0');

export const escapeHtml = (text: string) => text.replace(/[\0"'&<>]/g, (char) => HTML[char]!);

/** Escapes a text for a string of JavaScript. */
export function escapeScript(text: string): string {
  return text.replace(/[\\'"]|[<>&=]|[^ -~]/gu, (char) => {
    if (/[\\'"]/.test(char)) return `\\${char}`;
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char) && char > '~') return char;
    return `\\u${hex(char.codePointAt(0)!)}`;
  });
}

/** Escapes a text for the query of a URL. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.replace(LONE, '\ufffd'))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
