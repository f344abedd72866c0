import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type HowToRun, type Program, startProgram } from './program.ts';
import { makeProject, type Project } from './project.ts';

/** What the tests of a file have: a project with the packed package, and for each test a directory of its own. */
export interface StartedPrograms {
  readonly project: Project;
  readonly directory: string;
  /** Starts a program, which is killed after the test. If something holds it open, the test times out. */
  start(runtime: HowToRun, program: string, args?: object): Program;
}

/** Must be called where tests are declared. */
export function startedPrograms(): StartedPrograms {
  let project: Project;
  let directory: string;
  const started: Program[] = [];
  beforeAll(async () => {
    project = await makeProject();
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'telemetry-'));
  });
  afterEach(async () => {
    const programs = started.splice(0);
    for (const program of programs) program.kill('SIGKILL');
    // A program that still writes would put a file into the directory while it is removed.
    await Promise.all(programs.map(({ ended }) => ended));
    await rm(directory, { recursive: true, force: true });
  });
  return {
    get project() {
      return project;
    },
    get directory() {
      return directory;
    },
    start(runtime, program, args = {}) {
      const running = startProgram(runtime, project, program, args);
      started.push(running);
      return running;
    },
  };
}
