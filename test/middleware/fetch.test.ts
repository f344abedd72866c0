/** The fetch handler of real servers: Deno.serve and Bun.serve. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parseText } from '../formats/text-parser.ts';
import { type Program, startProgram } from '../runtimes/program.ts';

const bin = (name: string) =>
  fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

const runtimes = [
  { name: 'Deno.serve', command: bin('deno'), flags: ['run', '-A'] },
  { name: 'Bun.serve', command: bin('bun'), flags: ['run'] },
];

let program: Program | undefined;
afterEach(() => program?.kill('SIGKILL'));

describe.each(runtimes)('$name', ({ command, flags }) => {
  it('answers as before, and every request is recorded', { timeout: 60_000 }, async () => {
    expect(existsSync(command)).toBe(true);
    program = startProgram(command, 'fetch-server', {}, flags);
    const { url } = await program.next<{ url: string }>();
    expect(await (await fetch(`${url}/users/1`)).text()).toBe('answer');
    expect((await fetch(`${url}/users/2`)).status).toBe(201);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${url}/fail`)).status).toBe(500);
    program.go();
    const { text, seen } = await program.next<{ text: string; seen: string }>();
    // What the runtime hands over besides the request.
    expect(seen).toBe('object');
    const { samples } = parseText(text);
    const requests = samples
      .filter(({ name }) => name === 'http_requests_total')
      .map(({ labels: { method, route, status }, value }) => [method, route, status, value]);
    expect(requests).toEqual([
      ['GET', '/users/:id', '201', 2],
      ['GET', '', '404', 1],
      ['GET', '', '500', 1],
    ]);
    expect((await program.ended).code).toBe(0);
  });
});
