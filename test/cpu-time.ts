/** Returns the CPU seconds that this process has used. Load of other processes does not add to them. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
