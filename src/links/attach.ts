import type { Registry } from '../metrics/registry.ts';
import { CatalogueWriter } from '../pages/catalogue.ts';
import type { ThreadMemory } from '../pages/thread-memory.ts';
import type { Link } from './link.ts';

/** Hands the thread's memory over, with a journal that says what is in it. */
export function attach(registry: Registry, memory: ThreadMemory, { sink }: Link): void {
  const catalogue = new CatalogueWriter(memory.cells.allocate, (buffer) => sink.segment(buffer));
  memory.attach(sink);
  registry.attach(catalogue);
}

/** There is no reader any more: nothing is written for one. */
export function detach(registry: Registry, memory: ThreadMemory): void {
  registry.catalogue = undefined;
  memory.detach();
}
