/**
 * Properties that only the package itself uses. The minifiers of applications rename variables and
 * `#private` fields but no properties; so the build gives these short names. test/internal-names.test.ts
 * sees to it that none is part of what an application, another version or a platform knows by name,
 * or the export of a module.
 */
const NAMES = `
  collectWith collects definition existing fullLabels onPage publishFamily refuse refuseLabels removal
  removeValues resetSeries single
  eventsDropped onErasure onRegister overflowed resetAll
  catalogue familyRemoved seriesErased seriesRemoved
  consumed refused startOver
  abandonedAfter outbox reachable recorder registry sendBatch sharedMemory
  blocks clashes clearEvents folded isOverflow overThreads pieces places resetRetained retain retains settle tidy
  conflict elapsed handOver inSlices needsRefresh persistence reader runAfresh services
  shares stall tellOfRun underWay within
`;

const shortName = (i) =>
  `${['', 'a', 'b'][Math.floor(i / 26)]}${String.fromCharCode(97 + (i % 26))}`;

/** The short name of each, the same in all files: they are read by one another. */
export const internalNames = Object.fromEntries(
  NAMES.trim()
    .split(/\s+/)
    .map((name, i) => [name, shortName(i)]),
);
