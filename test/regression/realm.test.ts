/** Tests realms that an application, or a script beside it, has changed, and those of older engines. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../folder.ts';
import { bun, deno, node20, type ServerRuntime } from '../runtimes/server-runtimes.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;
const program = new URL('realm-program.mjs', import.meta.url).href;

/** Resolves to what the program prints after `before` has run. */
async function printed({ command, args }: ServerRuntime, before: string): Promise<string> {
  const folder = await makeFolder();
  const file = join(folder, 'main.mjs');
  // Node itself fails on some of it. So what Node loads for the first request is loaded before.
  const early =
    "globalThis.asked = new Request('http://localhost/metrics', { headers: { 'accept-encoding': 'gzip' } }); await import('node:http');";
  await writeFile(file, `${early}\n${before}\nawait import(${JSON.stringify(program)});`);
  const { stdout, stderr } = await promisify(execFile)(command, [...args, file, built, folder], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  }).catch((error) => error);
  return stdout + stderr;
}

const CHANGES: Readonly<Record<string, string>> = {
  'a Promise that was extended': 'globalThis.Promise = class extends Promise {};',

  'a Promise of another make, as Bluebird is': `
    const Native = Promise;
    const ours = (promise) => Object.assign(Object.create(Other.prototype), { promise });
    function Other(run) { return ours(new Native(run)); }
    Other.prototype = {
      constructor: Other,
      then(...both) { return ours(this.promise.then(...both)); },
      catch(failed) { return ours(this.promise.catch(failed)); },
      finally(run) { return ours(this.promise.finally(run)); },
    };
    for (const name of ['resolve', 'reject', 'all', 'allSettled', 'any', 'race']) {
      Other[name] = (...given) => ours(Native[name](...given));
    }
    globalThis.Promise = Other;`,

  'enumerable properties of Object.prototype': `
    for (const name of ['extra', 'labels', 'reason', 'link', 'strict', 'ended']) {
      Object.prototype[name] = function () {};
    }
    Object.prototype.method = 'GET';`,

  'toJSON in prototypes, as of Prototype.js': `
    for (const { prototype } of [Array, Object, String, Date, Number]) {
      prototype.toJSON = () => 'not JSON';
    }`,

  'toJSON in prototypes that throws': `
    Array.prototype.toJSON = Object.prototype.toJSON = () => { throw new Error('no'); };`,

  'what engines of 2023 lack': `
    for (const [owner, ...names] of [
      [String.prototype, 'toWellFormed', 'isWellFormed'],
      [Promise, 'withResolvers', 'try'],
      [Array, 'fromAsync'],
      [Array.prototype, 'toSorted', 'toSpliced', 'toReversed', 'with', 'findLast', 'findLastIndex'],
      [Object, 'groupBy'],
      [Map, 'groupBy'],
      [Set.prototype, 'union', 'intersection', 'difference'],
      [ArrayBuffer.prototype, 'transfer', 'resize'],
      [Atomics, 'waitAsync'],
      [AbortSignal, 'any', 'timeout'],
      [URL, 'canParse', 'parse'],
      [globalThis, 'CompressionStream', 'DecompressionStream', 'Iterator', 'structuredClone'],
    ]) for (const name of names) delete owner[name];
    // These cannot be deleted.
    const Native = Symbol;
    const hidden = [Symbol.asyncDispose, Symbol.dispose];
    globalThis.Symbol = new Proxy(() => {}, {
      apply: (_, __, given) => Native(...given),
      get: (_, name) => (hidden.includes(Native[name]) ? undefined : Native[name]),
    });`,
};

describe.each([node20, bun, deno])('in $name', (runtime) => {
  let expected: string;
  beforeAll(async () => {
    expected = await printed(runtime, '');
    expect(expected.match(/requests_total\{.*"GET",status="200"\} 3/g)).toHaveLength(6);
  });

  it.each(Object.keys(CHANGES))('all is as ever with %s', async (change) => {
    expect(await printed(runtime, CHANGES[change])).toBe(expected);
  });
});
