/** The site: the pages of docs/ as they are, a start page, and the reference, which reference.mjs writes. */
import { defineConfig } from 'vitepress';
import { fitLinks, REPOSITORY } from '../links.mjs';
import { sidebar } from '../sidebar.mjs';

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%230969da'/%3E%3Cpath d='M6 21h5l4-11 4 14 3-8h4' fill='none' stroke='%23fff' stroke-width='2.5' stroke-linejoin='round' stroke-linecap='round'/%3E%3C/svg%3E";

const githubSlug = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\s-]/gu, '')
    .replaceAll(' ', '-');

export default defineConfig({
  title: 'utilityfog-telemetry',
  description:
    'Prometheus-grade metrics, events and health that cost the measured thread almost nothing.',
  lang: 'en',
  base: process.env.DOCS_BASE ?? '/',
  srcDir: '..',
  outDir: process.env.DOCS_FOLDER ?? 'dist',
  cacheDir: '.parts/cache',
  // Programs of the pages answer there.
  ignoreDeadLinks: 'localhostLinks',
  rewrites: { 'site/index.md': 'index.md', 'site/changelog.md': 'changelog.md' },
  vite: {
    // The index of the search is large, and loaded only by who searches.
    build: { chunkSizeWarningLimit: 2000 },
  },
  head: [['link', { rel: 'icon', href: icon }]],
  markdown: {
    // The highlighter does not know PromQL, and would warn of each block of it. This grammar colours nothing.
    languages: [{ name: 'promql', scopeName: 'source.promql', patterns: [], repository: {} }],
    // Links name headings as the host of the repository does.
    anchor: { slugify: githubSlug },
    config: (markdown) => markdown.use(fitLinks),
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: [
      { text: 'Begin', link: '/getting-started' },
      { text: 'I want to …', link: '/by-task' },
      { text: 'Runtimes', link: '/by-runtime' },
      { text: 'Performance', link: '/performance' },
      { text: 'Reference', link: '/api/utilityfog-telemetry', activeMatch: '/api/' },
      { text: 'Changelog', link: '/changelog' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    ...(REPOSITORY ? { socialLinks: [{ icon: 'github', link: REPOSITORY }] } : {}),
  },
});
