/** Collects the tasks that kept the thread for more than 50 ms, as the browser reports them. */

/** Reports arrive in tasks of their own, after the fact. */
const LATE_MS = 500;

/** @returns {() => Promise<{ start: number, duration: number }[]>} ends the watch */
export function watchLongTasks() {
  const tasks = [];
  const take = (entries) => {
    for (const { startTime, duration } of entries) tasks.push({ start: startTime, duration });
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: 'longtask', buffered: true });
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    take(observer.takeRecords());
    observer.disconnect();
    return tasks;
  };
}
