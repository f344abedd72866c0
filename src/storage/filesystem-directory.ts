/**
 * Makes a directory and those above it that are missing. `recursive: true` is not used: under a parent that
 * exists and lets nothing be made in it, such as /proc, Node 20 and 24 try for ever.
 *
 * @param mode permissions of the directories that are made, minus the umask
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  const { mkdir, stat } = process.getBuiltinModule('node:fs/promises');
  const { dirname } = process.getBuiltinModule('node:path');
  const make = () =>
    mkdir(path, { mode }).catch(async (error: NodeJS.ErrnoException) => {
      // Others may make it at the same time. A root or a read-only parent gives errors of its own.
      const found = await stat(path).catch(() => undefined);
      if (!found?.isDirectory()) throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path;
    if (!missing || (await stat(parent).catch(() => undefined))) throw error;
    await makeDirectory(parent, mode);
    await make();
  }
}
