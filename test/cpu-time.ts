/** Seconds of processors that this process has used: no load of others adds to them. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
