/** Tests the fetch handler of real servers: Deno.serve and Bun.serve. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseText } from '../formats/text-parser.ts';
import { type Program, startProgram } from '../runtimes/program.ts';
import { makeProject, type Project } from '../runtimes/project.ts';
import { bun, deno } from '../runtimes/server-runtimes.ts';

const RUNTIMES = [
  { name: 'Deno.serve', runtime: deno },
  { name: 'Bun.serve', runtime: bun },
];

let project: Project;
let program: Program | undefined;
beforeAll(async () => {
  project = await makeProject();
});
afterEach(() => program?.kill('SIGKILL'));
afterAll(() => project?.remove());

describe.each(RUNTIMES)('$name', ({ runtime }) => {
  it('answers as before, and every request is recorded', async () => {
    program = startProgram(runtime, project, 'fetch-server');
    const { url } = await program.next<{ url: string }>();
    expect(await (await fetch(`${url}/users/1`)).text()).toBe('answer');
    expect((await fetch(`${url}/users/2`)).status).toBe(201);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${url}/fail`)).status).toBe(500);
    program.go();
    const { text, seen } = await program.next<{ text: string; seen: string }>();
    // What the runtime passes after the request.
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
