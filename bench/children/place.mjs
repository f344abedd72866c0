/** Says where it runs, and how fast that place is when nobody disturbs it. */
import { answer } from '../harness/child.mjs';
import { findBest } from '../harness/quiet.mjs';

async function name() {
  const { versions } = globalThis.process ?? {};
  if (!versions)
    return browser(await navigator.userAgentData.getHighEntropyValues(['fullVersionList']));
  if (versions.bun) return `Bun ${versions.bun} (JavaScriptCore)`;
  if (versions.deno) return `Deno ${versions.deno} (V8 ${versions.v8})`;
  return `Node ${versions.node} (V8 ${versions.v8})`;
}

function browser({ fullVersionList }) {
  const { brand, version } = fullVersionList.find((entry) => /Chrom/.test(entry.brand));
  return `${brand} ${version}${globalThis.crossOriginIsolated ? '' : ', not isolated'}`;
}

answer({ name, findBest }, () => {});
