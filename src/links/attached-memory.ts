import type { Registry } from '../metrics/registry.ts';
import { CatalogueWriter } from '../pages/catalogue.ts';
import type { MemorySink, ThreadMemory } from '../pages/thread-memory.ts';
import { outsideZones } from '../platform/realm.ts';
import type { Link } from './link.ts';

/** Hands the thread's memory over, with a journal that says what is in it. */
export function attachMemory(registry: Registry, memory: ThreadMemory, { sink }: Link): void {
  // The application registers and records in its own zones (zone.js). These calls must not run in them.
  const outside: MemorySink = {
    control: (buffer) => outsideZones(() => sink.control(buffer)),
    page: (page, buffer) => outsideZones(() => sink.page(page, buffer)),
    segment: (buffer) => outsideZones(() => sink.segment(buffer)),
    consumed: sink.consumed,
  };
  const catalogue = new CatalogueWriter(memory.cells.allocate, outside.segment);
  memory.attach(outside);
  registry.attach(catalogue);
}

/** Stops writing for a reader, since there is none any more. */
export function detachMemory(registry: Registry, memory: ThreadMemory): void {
  registry.catalogue = undefined;
  memory.detach();
}
