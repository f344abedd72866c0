/**
 * Keeps what the conformance suite has found in each place under .parts/conformance/. From there
 * scripts/runtimes-table.mjs makes the table in docs/runtimes.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';

export interface Case {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'not offered';
  readonly error?: string;
}

/** What `conform` of conformance/cases.mjs resolves to. */
export interface Conformance {
  readonly place: string;
  readonly link: string | undefined;
  readonly storage: string | undefined;
  readonly failed: readonly { readonly way: string; readonly reason: string }[];
  readonly cases: readonly Case[];
}

/** A result as it is kept. */
export interface Measured extends Conformance {
  /** The version of the runtime. */
  readonly version: string;
}

export interface Expected {
  readonly link: string;
  readonly storage: string;
  readonly runtime: string;
  readonly failed?: readonly string[];
  readonly remedy?: string;
}

const folder = new URL('../../.parts/conformance/', import.meta.url);

/** Keeps a result. Fails the test unless every case passed or is not offered, as expected. */
export async function keepResult(
  result: Measured,
  { link, storage }: Pick<Expected, 'link' | 'storage'>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = new URL(`${result.place.replaceAll(/\W+/g, '-')}.json`, folder);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  const failed = result.cases.filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ name, error }) => `${name}: ${error}`)).toEqual([]);
  expect(result.cases.length).toBeGreaterThan(15);
  expect({ link: result.link, storage: result.storage }).toEqual({ link, storage });
}
