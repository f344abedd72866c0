/** Switches between light and dark, and gives the stylesheet's colours to whatever draws on a canvas. */

const STORED = 'theme';

/** Calls `changed` after every switch, whether by the button or by the system. */
export function setUpTheme(button: HTMLButtonElement, changed: () => void): void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const stored = localStorage.getItem(STORED);
  if (stored) root.dataset.theme = stored;
  const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = () => {
    button.setAttribute('aria-pressed', String(isDark()));
    changed();
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem(STORED, root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  show();
}

/** Returns the value of a colour such as `--report`, resolved for the current theme. */
export function color(name: string): string {
  // A custom property reads as it was written, `light-dark(…)` included; a real property is resolved.
  probe ??= document.body.appendChild(document.createElement('i'));
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

let probe: HTMLElement | undefined;
