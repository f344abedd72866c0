/** Resolves to whether the page is being loaded once more, then with the headers that the worker adds. */
export async function isolate(worker: string): Promise<boolean> {
  const { serviceWorker } = navigator;
  // Where there are none, or this has been tried, the page goes on as it is.
  if (crossOriginIsolated || !serviceWorker || sessionStorage.getItem('isolated')) return false;
  try {
    await serviceWorker.register(worker);
    await serviceWorker.ready;
  } catch {
    return false;
  }
  sessionStorage.setItem('isolated', 'tried');
  location.reload();
  return true;
}
