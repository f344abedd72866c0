/** Says why the demo does not start. It is a script of its own, since the page's script may be what is missing. */

/** A page that is still connecting after so long says so. Milliseconds. */
const PATIENCE = 10_000;
const NOT_STARTED = 'not started';
const NO_FILE = 'A file of it could not be loaded. Is its server still running?';

/** To be called before anything can fail. Once the page has started, other things than this tell of faults. */
export function tellTrouble(): void {
  const started = new AbortController();
  const { signal } = started;
  addEventListener('error', (event) => failed(reasonOf(event)), { capture: true, signal });
  addEventListener('unhandledrejection', ({ reason }) => failed(String(reason)), { signal });
  const waiting = setTimeout(() => {
    if (element('trouble').hidden) say('The demo is still waiting for its worker.');
  }, PATIENCE);
  signal.addEventListener('abort', () => clearTimeout(waiting));
  addEventListener('demo-started', () => {
    started.abort();
    element('trouble').hidden = true;
  });
}

function reasonOf(event: Event): string | undefined {
  if (event.target instanceof HTMLScriptElement) return NO_FILE;
  // What the browser itself has to report comes without an error, and stops nothing.
  return event instanceof ErrorEvent && event.error ? String(event.error) : undefined;
}

/** The first failure that is told of stays: what comes after it follows from it. */
function failed(reason: string | undefined): void {
  const link = element('link');
  if (!reason || link.textContent === NOT_STARTED) return;
  link.textContent = NOT_STARTED;
  say(`The demo cannot start. ${reason}`);
}

function say(text: string): void {
  element('trouble').textContent = text;
  element('trouble').hidden = false;
}

function element(id: string): HTMLElement {
  return document.getElementById(id)!;
}
