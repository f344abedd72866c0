/** Opens and closes the comparison. It is loaded when it is opened first, and the libraries with it later. */
import type { CompareView } from './compare-view.ts';

const element = (id: string) => document.getElementById(id)!;

export interface Comparison {
  close(): void;
  /** To be called after a change of theme. */
  redraw(): void;
}

/** @param seconds for how long each library is measured */
export function setUpCompare(seconds: number): Comparison {
  const section = element('compare');
  const opener = element('compare-open');
  let view: CompareView | undefined;
  const close = () => {
    if (section.hidden) return;
    view?.stop();
    section.hidden = true;
    opener.ariaExpanded = 'false';
    opener.focus();
  };
  const open = async () => {
    opener.ariaExpanded = 'true';
    section.hidden = false;
    if (!view) {
      element('compare-title').textContent = 'The comparison is loading.';
      const { CompareView } = await import('./compare-view.ts');
      view ??= new CompareView(section, seconds);
      element('compare-close').addEventListener('click', close);
    }
    element('compare-title').focus();
  };
  const failed = (error: Error) => {
    element('compare-title').textContent = `The comparison could not be loaded: ${error.message}`;
  };
  opener.addEventListener('click', () => (section.hidden ? open().catch(failed) : close()));
  return { close, redraw: () => view?.redraw() };
}
