/** Drives WebKitGTK's MiniBrowser through plain W3C WebDriver requests, on a display of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { freePort } from '../../free-port.ts';
import { miniBrowserPath, webkitDriverPath, xvfbPath } from '../../parts.ts';
import type { Driver, Profile, Tab } from './driver.ts';

/** WebDriver has no events. A page whose errors are to be seen begins with this script. */
export const ERROR_KEEPER = `
const errors = (globalThis.keptErrors = []);
const { error } = console;
console.error = (...said) => { errors.push('console: ' + said.join(' ')); error(...said); };
addEventListener('error', (event) => errors.push('uncaught: ' + event.message));
addEventListener('unhandledrejection', (event) => errors.push('uncaught: ' + event.reason));
`;

const PATIENCE = 180_000; // how many milliseconds a page or a script in it may take

/**
 * How many milliseconds a session may take to start, and how often one is tried. WebKitGTK's driver now and then never
 * answers that, and then another driver does.
 */
const START = 60_000;
const STARTS = 3;

const LOADED = `return location.href !== 'about:blank' && document.readyState === 'complete'`;

export async function launchWebKit(): Promise<Driver> {
  const display = await startDisplay();
  let server = await startServer(display.name);
  const start = async (): Promise<Session> => {
    for (let tries = 1; ; tries++) {
      try {
        return await startSession(server.request);
      } catch (error) {
        if (tries === STARTS) throw error;
        await server.end();
        server = await startServer(display.name);
      }
    }
  };
  // The version is known only from a session. There is one at a time, so the first profile has that one.
  let first: Session | undefined = await start();
  const { browserVersion } = first.capabilities;
  const profiles = new Set<Profile>();
  return {
    name: 'WebKit',
    version: browserVersion,
    // Each has storage of its own and leaves nothing behind.
    newProfile: async () => {
      const session = first ?? (await start());
      first = undefined;
      const profile = await openSession(server.request, session, () => profiles.delete(profile));
      profiles.add(profile);
      return profile;
    },
    close: async () => {
      for (const profile of profiles) await profile.close();
      await server.end();
      await display.close();
    },
  };
}

/** Starts a driver. */
async function startServer(
  display: string,
): Promise<{ readonly request: Request; end(): Promise<void> }> {
  const port = await freePort();
  // It has a process group of its own, so that the browsers that it started can be ended with it.
  const server = spawn(webkitDriverPath()!, [`--port=${port}`], {
    env: { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    stdio: 'ignore',
    detached: true,
  });
  const exit = once(server, 'exit');
  const endGroup = () => void process.kill(-server.pid!, 'SIGKILL');
  process.once('exit', endGroup);
  const request = requester(`http://127.0.0.1:${port}`);
  await answering(request);
  return {
    request,
    end: async () => {
      process.removeListener('exit', endGroup);
      endGroup();
      await exit;
    },
  };
}

type Request = <T>(method: string, path: string, body?: object, signal?: AbortSignal) => Promise<T>;

function requester(origin: string): Request {
  return async (method, path, body, signal) => {
    const response = await fetch(origin + path, {
      method,
      ...(signal ? { signal } : {}),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string } };
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value as never;
  };
}

async function answering(request: Request): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; ; ) {
    try {
      return await request('GET', '/status');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

function startSession(request: Request): Promise<Session> {
  const browserOptions = { binary: miniBrowserPath(), args: ['--automation'] };
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': browserOptions } };
  return request('POST', '/session', { capabilities }, AbortSignal.timeout(START));
}

async function openSession(
  request: Request,
  { sessionId }: Session,
  closed: () => void,
): Promise<Profile> {
  const session: Request = (method, path, body) =>
    request(method, `/session/${sessionId}${path}`, body);
  const home = await session<string>('GET', '/window');
  await session('POST', '/timeouts', { script: PATIENCE, pageLoad: PATIENCE });
  return {
    open: async (url) => {
      const { handle } = await session<{ handle: string }>('POST', '/window/new', { type: 'tab' });
      const tab = tabOf(session, handle, home);
      await tab.goto(url);
      return tab;
    },
    close: async () => {
      closed();
      await session('DELETE', '');
    },
  };
}

function tabOf(session: Request, handle: string, home: string): Tab {
  /** Requests go to the tab that was switched to last, so they are made one at a time. */
  const inTab = async <T>(method: string, path: string, body?: object): Promise<T> => {
    await session('POST', '/window', { handle });
    return session(method, path, body);
  };
  return {
    run: async (work, argument) => {
      const script = `
        const [argument, done] = arguments;
        Promise.resolve(argument).then(${work}).then(
          (value) => done({ value }),
          (error) => done({ error: String(error) + '\\n' + error?.stack }),
        );`;
      const { value, error } = await inTab<{ value: never; error?: string }>(
        'POST',
        '/execute/async',
        { script, args: [argument ?? null] },
      );
      if (error !== undefined) throw new Error(error);
      return value;
    },
    goto: async (url) => {
      await inTab('POST', '/url', { url });
      // An isolated page moves to another process, and the answer may come before it has loaded.
      while (!(await inTab('POST', '/execute/sync', { script: LOADED, args: [] })));
    },
    click: async (selector) => {
      const found = { using: 'css selector', value: selector };
      const element = await inTab<Record<string, string>>('POST', '/element', found);
      await inTab('POST', `/element/${Object.values(element)[0]}/click`, {});
    },
    back: () => inTab('POST', '/back', {}),
    show: () => session('POST', '/window', { handle }),
    errors: () =>
      inTab('POST', '/execute/sync', { script: 'return globalThis.keptErrors ?? []', args: [] }),
    close: async () => {
      await inTab('DELETE', '/window');
      // The next request, and the next tab, need a tab that is there.
      await session('POST', '/window', { handle: home });
    },
  };
}

/** Starts a display that nobody sees. */
async function startDisplay(): Promise<{ name: string; close(): Promise<void> }> {
  const args = ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'];
  const child = spawn(xvfbPath()!, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const kill = () => void child.kill();
  process.once('exit', kill);
  const [number] = await once(child.stdio[3] as Readable, 'data');
  return {
    name: `:${String(number).trim()}`,
    close: () => {
      process.removeListener('exit', kill);
      return ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}
