/** Compares what the site lists with what there is. test/docs/site.test.ts builds the site. */
import { describe, expect, it } from 'vitest';
import { pages } from './markdown.ts';

const load = (file: string) => import(new URL(`../../${file}`, import.meta.url).href);

describe('the site', () => {
  it('has each page of docs/ beside the others', async () => {
    const { GROUPS } = (await load('docs/site/sidebar.mjs')) as {
      GROUPS: Record<string, readonly string[]>;
    };
    const named = pages.flatMap((page) => /^docs\/([^/]+)\.md$/.exec(page)?.[1] ?? []);
    expect(Object.values(GROUPS).flat().sort()).toEqual(named.sort());
  });

  it('states the budgets that `npm run size` keeps', async () => {
    const { committedSizes, sizesTable } = (await load('scripts/sizes-table.mjs')) as {
      committedSizes(): Promise<{ table: string }>;
      sizesTable(): string;
    };
    expect((await committedSizes()).table).toBe(sizesTable());
  });
});
