/** Makes tabs as the ARIA practices describe them: arrow keys move, and there is one tab stop for all. */

export interface View {
  update(): Promise<void>;
}

export class Tabs {
  readonly #tabs: HTMLButtonElement[];
  readonly #views: Readonly<Record<string, View>>;
  #updating = false;

  /** @param views the views, by the id of the panel that a tab controls */
  constructor(list: HTMLElement, views: Readonly<Record<string, View>>) {
    this.#tabs = [...list.querySelectorAll<HTMLButtonElement>('[role=tab]')];
    this.#views = views;
    for (const tab of this.#tabs) tab.addEventListener('click', () => this.#select(tab));
    list.addEventListener('keydown', (event) => {
      const at = this.#tabs.indexOf(event.target as HTMLButtonElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (at < 0 || to === undefined) return;
      const tab = this.#tabs.at(to % this.#tabs.length)!;
      event.preventDefault();
      tab.focus();
      this.#select(tab);
    });
  }

  /** Updates the visible view, unless it is still busy with its last update. */
  async update(): Promise<void> {
    const shown = this.#tabs.find((tab) => tab.ariaSelected === 'true');
    const view = this.#views[shown?.getAttribute('aria-controls') ?? ''];
    if (this.#updating || !view) return;
    this.#updating = true;
    try {
      await view.update();
    } finally {
      this.#updating = false;
    }
  }

  /** Shows the panel of that id. */
  select(panel: string): void {
    const tab = this.#tabs.find((one) => one.getAttribute('aria-controls') === panel);
    if (tab) this.#select(tab);
  }

  #select(selected: HTMLButtonElement): void {
    selected.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    for (const tab of this.#tabs) {
      const isSelected = tab === selected;
      tab.ariaSelected = String(isSelected);
      tab.tabIndex = isSelected ? 0 : -1;
      document.getElementById(tab.getAttribute('aria-controls')!)!.hidden = !isSelected;
    }
    void this.update();
  }
}
