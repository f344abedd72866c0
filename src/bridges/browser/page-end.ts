/**
 * Calls `run` whenever the page is hidden or left, before the listeners of the application and before what sends, so
 * that what is known by then leaves with the page.
 * @returns ends it
 */
export function onPageEnd(run: () => void): () => void {
  const hidden = () => {
    if (document.visibilityState === 'hidden') run();
  };
  addEventListener('visibilitychange', hidden, true);
  addEventListener('pagehide', run, true);
  return () => {
    removeEventListener('visibilitychange', hidden, true);
    removeEventListener('pagehide', run, true);
  };
}
