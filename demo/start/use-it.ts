/** Shows how to use the package in another page. */

/** What package.json says about itself, as far as it does: see scripts/start.mjs. */
declare const PACKAGE_LINKS: Readonly<Record<string, string>>;

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

export function setUpUseIt(): void {
  const dialog = element<HTMLDialogElement>('use-it');
  const snippet = element('snippet');
  const copy = element<HTMLButtonElement>('copy');
  element('start').addEventListener('click', () => {
    copy.textContent = 'Copy';
    dialog.showModal();
  });
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(snippet.textContent ?? '');
      copy.textContent = 'Copied';
    } catch {
      // The browser does not allow it, but it is one key away.
      getSelection()?.selectAllChildren(snippet);
      copy.textContent = 'Selected';
    }
  });
  const links = Object.entries(PACKAGE_LINKS).map(([text, href]) => {
    return Object.assign(document.createElement('a'), { href, textContent: text });
  });
  element('links').append(...links);
}
