/** The comparison: one library after the other records in this page, and their figures stay side by side. */
import { brief, integer, share } from '../numbers.ts';
import markup from './compare.html';
import { ComparisonRow } from './comparison-row.ts';
import { ComparisonRun, type Load } from './comparison-run.ts';
import { LIBRARIES } from './libraries.ts';

/** Three for each foglet. */
const UPDATES = [300, 900, 3000, 9000, 30_000];
const SERIES = [100, 1000, 10_000, 100_000];
/** As in the benchmark. */
const AT_FIRST = { updates: 3000, series: 100_000 };
const FRAMES_PER_SECOND = 60;
/** How often figures change. Milliseconds. */
const SHOWN_EVERY = 250;
/** The bars reach at least so high. Milliseconds. */
const LEAST_TOP = 50;
const NOTHING_YET = 'Choose a library, or run all of them one after the other.';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

export class CompareView {
  readonly #rows = LIBRARIES.map((library) => new ComparisonRow(library));
  #load: Load;
  /** What was chosen last. */
  #chosen: ComparisonRow | undefined;
  #running: { readonly row: ComparisonRow; readonly run: ComparisonRun } | undefined;
  /** One change of the library after the other. */
  #changing = Promise.resolve();
  /** Rises with each choice of the visitor, which ends what was going on. */
  #choice = 0;
  #whenMeasured: (() => void) | undefined;
  #shown = 0;

  /** @param seconds for how long each library is measured */
  constructor(section: HTMLElement, seconds: number) {
    const { updates: updatesPerFrame, series } = AT_FIRST;
    this.#load = { updatesPerFrame, series, window: 1000 * seconds };
    section.innerHTML = markup;
    element('compare-all').textContent = `Run all, ${seconds} s each`;
    section.querySelector('table')!.append(...this.#rows.map((row) => row.element));
    element('compare-switch').append(...this.#rows.map((row) => this.#option(row)));
    element('compare-all').addEventListener('click', () => void this.#runAll());
    this.#slider('compare-updates', UPDATES, AT_FIRST.updates, (updatesPerFrame) => {
      this.#load = { ...this.#load, updatesPerFrame };
    });
    this.#slider('compare-series', SERIES, AT_FIRST.series, (series) => {
      this.#load = { ...this.#load, series };
    });
    new ResizeObserver(() => this.redraw()).observe(section);
    this.#showHeadline();
    this.#say(NOTHING_YET);
  }

  /** Ends whatever runs. */
  stop(): void {
    void this.#choose(undefined);
  }

  /** To be called after a change of theme, too. */
  redraw(): void {
    const longest = Math.max(LEAST_TOP, ...this.#rows.map((row) => row.longest));
    const top = Math.ceil(longest / LEAST_TOP) * LEAST_TOP;
    for (const row of this.#rows) row.draw(this.#load.window, top);
  }

  #option(row: ComparisonRow): HTMLLabelElement {
    const label = document.createElement('label');
    const radio = document.createElement('input');
    Object.assign(radio, { type: 'radio', name: 'library', value: row.library.id });
    radio.addEventListener('change', () => void this.#choose(row));
    label.append(radio, row.library.title);
    return label;
  }

  #slider(
    id: string,
    steps: readonly number[],
    first: number,
    changed: (value: number) => void,
  ): void {
    const input = element<HTMLInputElement>(id);
    const show = () => {
      const text = integer(steps[input.valueAsNumber]);
      element(`${id}-value`).textContent = text;
      input.setAttribute('aria-valuetext', text);
    };
    input.max = String(steps.length - 1);
    input.value = String(steps.indexOf(first));
    input.addEventListener('input', () => {
      show();
      changed(steps[input.valueAsNumber]);
      // Figures of another load cannot stand beside the new ones.
      const chosen = this.#chosen;
      for (const one of this.#rows) one.clear();
      this.redraw();
      this.#showHeadline();
      void this.#choose(chosen);
    });
    show();
  }

  async #runAll(): Promise<void> {
    for (const row of this.#rows) {
      const choice = this.#choice + 1;
      const runs = await this.#choose(row);
      if (runs && choice === this.#choice)
        await new Promise<void>((measured) => (this.#whenMeasured = measured));
      if (choice !== this.#choice) return;
    }
    await this.#choose(undefined);
  }

  /** Ends what runs, and starts another library, if one is given. Resolves to whether that runs. */
  async #choose(row: ComparisonRow | undefined): Promise<boolean> {
    this.#choice += 1;
    const choice = this.#choice;
    this.#whenMeasured?.();
    this.#whenMeasured = undefined;
    this.#mark(row);
    const before = this.#changing;
    const changed = (async () => {
      await before;
      await this.#end();
      if (row && choice === this.#choice) await this.#begin(row);
    })();
    this.#changing = changed.catch(() => {});
    try {
      await changed;
      return this.#running !== undefined;
    } catch (error) {
      row?.failed((error as Error).message);
      this.#say(this.#problems());
      return false;
    }
  }

  #mark(row: ComparisonRow | undefined): void {
    this.#chosen = row;
    for (const radio of element('compare-switch').querySelectorAll('input'))
      radio.checked = radio.value === row?.library.id;
    this.#say(row ? `${row.library.title} is loading.` : this.#problems());
  }

  async #begin(row: ComparisonRow): Promise<void> {
    row.starting();
    const load = this.#load;
    // What is off has nothing to record.
    const updates = row.library.id === 'none' ? 0 : load.updatesPerFrame;
    const run = await ComparisonRun.start(row.library, load, () => this.#frame(updates));
    this.#running = { row, run };
    const isInline = run.link === 'inline';
    const inline = ' It has no worker here, and its own work in the page is not in these figures.';
    this.#say(`${row.library.title} is at work.${isInline ? inline : ''}`);
  }

  async #end(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running) running.row.delivered(await running.run.stop());
  }

  #frame(updates: number): void {
    const running = this.#running;
    const now = performance.now();
    if (!running || now - this.#shown < SHOWN_EVERY) return;
    this.#shown = now;
    const { row, run } = running;
    row.update(run.meter.frames, updates);
    this.redraw();
    this.#showHeadline();
    if (run.isMeasured) this.#whenMeasured?.();
  }

  #showHeadline(): void {
    const ours = this.#rows.find(({ library }) => library.id === 'ours')?.figures;
    const perSecond = ours?.updatesPerSecond ?? this.#load.updatesPerFrame * FRAMES_PER_SECOND;
    const updates = `${brief(perSecond)} metric updates a second`;
    element('compare-headline').textContent = ours
      ? `With this library, ${updates} take ${share(ours.ofTime)} of each frame.`
      : `What do ${updates} cost this page?`;
  }

  #problems(): string {
    return this.#rows.map(({ problem }) => problem).join(' ');
  }

  #say(text: string): void {
    element('compare-status').textContent = text;
  }
}
