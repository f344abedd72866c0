import type { Registry } from '../metrics/registry.ts';
import { CatalogueWriter } from '../pages/catalogue.ts';
import type { Link } from './link.ts';

/** Hands the thread's memory over, with a journal that says what is in it. */
export function attach(registry: Registry, { sink }: Link): void {
  const { memory } = registry;
  registry.attach(sink, new CatalogueWriter(memory.allocate, (buffer) => sink.segment(buffer)));
}
