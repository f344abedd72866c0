import type { Server, Socket } from 'node:net';
import { nodeBuiltin } from './node-builtin.ts';
import { userId } from './running-process.ts';

/** The longest path that a socket may have on every system. Bytes. */
const LONGEST_PATH = 103;
const SUFFIX = '.socket';
/** Others have neither a look at the sockets nor a way to one. */
const PRIVATE = 0o700;
const PERMISSIONS = 0o777;

/**
 * Where the processes of one name meet: Unix sockets called `<name>.<number>.socket`, in a directory that only this
 * user may enter. Whoever listens at the highest number is the owner. A number is taken by making its socket, so
 * that only one process can have it, and it is not used again while there is a higher one. So no file of a process
 * that was killed stands in the way, and none is deleted that may be in use.
 */
export class MeetingPlace {
  readonly #directory: string;
  readonly #name: string;

  /** @throws Error where there are no such sockets, or nobody can tell whose a directory is */
  constructor(name: string, directory = defaultDirectory()) {
    if (userId() === undefined) throw new Error('users have no numbers, or they may not be asked');
    this.#directory = nodeBuiltin('node:path')!.resolve(directory);
    this.#name = name;
  }

  /** Whether sockets can be made below this path. */
  get isShortEnough(): boolean {
    return this.#path(1e9).length <= LONGEST_PATH;
  }

  /**
   * Returns the numbers that are taken, the highest first. The directory is made if there is none.
   * @throws Error if others may enter the directory
   */
  async taken(): Promise<number[]> {
    const { lstat, mkdir, readdir } = nodeBuiltin('node:fs/promises')!;
    await mkdir(this.#directory, { mode: PRIVATE }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    // A link may lead elsewhere tomorrow, and whoever owns a directory may let others in.
    const found = await lstat(this.#directory);
    if (!found.isDirectory() || found.uid !== userId()) {
      throw new Error(`${this.#directory} must be a directory of this user`);
    }
    if ((found.mode & PERMISSIONS) !== PRIVATE) {
      throw new Error(
        `${this.#directory} must have the permissions 0700, so that nobody else meets there`,
      );
    }
    const numbers = (await readdir(this.#directory)).flatMap((file) => this.#numberOf(file));
    return numbers.sort((a, b) => b - a);
  }

  /** Resolves to a connection, or to nothing if nobody listens there and nobody ever will. */
  reach(number: number): Promise<Socket | undefined> {
    const socket = nodeBuiltin('node:net')!.connect(this.#path(number));
    return new Promise((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '')) resolve(undefined);
        else reject(error);
      });
      socket.once('connect', () => resolve(socket));
    });
  }

  /** Takes a number, and listens there. Resolves to nothing if somebody else has it. */
  listen(number: number, connected: (socket: Socket) => void): Promise<Server | undefined> {
    const server = nodeBuiltin('node:net')!.createServer(connected);
    return new Promise((resolve, reject) => {
      // It stays: a server that cannot take a connection, as without free descriptors, says so by this event.
      server.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(undefined);
        else reject(error);
      });
      // Without `exclusive`, the primary process of node:cluster would listen for its worker.
      server.listen({ path: this.#path(number), exclusive: true }, () => resolve(server));
      server.unref();
    });
  }

  /**
   * Takes a number by a file that names some processes, and listens nowhere. One of these processes should be the next
   * owner, since they have the totals. A newcomer that finds the file leaves them the time to take the next number.
   * @param pids the numbers of these processes
   */
  async reserve(number: number, pids: readonly number[]): Promise<void> {
    const { writeFile } = nodeBuiltin('node:fs/promises')!;
    const options = { flag: 'wx', mode: 0o600 };
    await writeFile(this.#path(number), pids.join(' '), options).catch(() => {});
  }

  /** Resolves to the processes that the number was reserved for; `undefined` if somebody has listened there. */
  async reservedFor(number: number): Promise<readonly number[] | undefined> {
    const { readFile } = nodeBuiltin('node:fs/promises')!;
    // A socket cannot be read.
    const text = await readFile(this.#path(number), 'latin1').catch(() => undefined);
    return text?.split(' ').map(Number).filter(Number.isSafeInteger);
  }

  /**
   * Deletes the sockets below this number, which belong to owners that are gone. A process that is only now about to
   * listen at one of them looks at the highest number after that, and gives its own up.
   */
  async clearBelow(number: number): Promise<void> {
    const { rm } = nodeBuiltin('node:fs/promises')!;
    const below = (await this.taken()).filter((one) => one < number);
    await Promise.all(below.map((one) => rm(this.#path(one), { force: true })));
  }

  #path(number: number): string {
    return nodeBuiltin('node:path')!.join(this.#directory, `${this.#name}.${number}${SUFFIX}`);
  }

  #numberOf(file: string): number[] {
    if (!file.startsWith(`${this.#name}.`) || !file.endsWith(SUFFIX)) return [];
    const number = file.slice(this.#name.length + 1, -SUFFIX.length);
    return /^[1-9]\d{0,8}$/.test(number) ? [Number(number)] : [];
  }
}

/** Directories for temporary files are often shared by all users, so each has one of his own there. */
function defaultDirectory(): string {
  const { tmpdir } = nodeBuiltin('node:os')!;
  return nodeBuiltin('node:path')!.join(tmpdir(), `utilityfog-telemetry-${userId() ?? 'user'}`);
}
