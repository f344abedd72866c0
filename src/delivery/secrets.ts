import { percentDecoded } from '../bytes/percent.ts';
import type { HttpPlan } from '../protocol/requests.ts';

/** Shorter values are no secrets, and stand in many texts. UTF-16 units. */
const SHORTEST = 6;

/**
 * Returns what of a request must not be in a log: the values of its headers, and what is in its URL besides the
 * host. A server may repeat them, and so may the error of `fetch`.
 */
export function secretsOf({ url, headers }: HttpPlan): readonly string[] {
  const words = Object.values(headers).flatMap((value) => [value, ...value.split(' ')]);
  const credentials = words.flatMap((word) => [word, ...partsOf(base64Decoded(word))]);
  const secrets = [...credentials, ...partsOfUrl(url)].filter(({ length }) => length >= SHORTEST);
  // A part of a secret must not be replaced before the whole.
  return [...new Set(secrets)].sort((one, other) => other.length - one.length);
}

/** Returns a text in which each secret is replaced. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
}

/** User and password, as basic authorization has them. */
const partsOf = (text: string): string[] => (text ? [text, ...text.split(':')] : []);

function base64Decoded(word: string): string {
  try {
    return word.length >= SHORTEST ? atob(word) : '';
  } catch {
    return ''; // it is something else
  }
}

function partsOfUrl(text: string): string[] {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [text]; // `URL.canParse` is newer than some browsers
  }
  const { href, pathname, search, searchParams, username, password, hash } = url;
  const raw = [...pathname.split('/'), ...search.slice(1).split(/[&=]/), username, password];
  const decoded = [...raw.map(percentDecoded), ...searchParams.values()];
  const whole = [text, href, `${pathname}${search}`, search, hash].filter((one) => one !== '/');
  return [...whole, ...raw, ...decoded];
}
