/** Shows the newest events that the collector holds, newest first. */
import type { TelemetryCollector, TelemetryEvent } from 'utilityfog-telemetry';
import { timeOfDay } from './numbers.ts';

const SHOWN = 50;

export class EventsView {
  readonly #collector: TelemetryCollector;
  readonly #body = document.createElement('tbody');
  readonly #none = document.createElement('p');

  constructor(collector: TelemetryCollector, parent: HTMLElement) {
    this.#collector = collector;
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const title of ['Time', 'Event', 'Value']) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = title;
      head.append(cell);
    }
    table.append(this.#body);
    this.#none.textContent = 'Nothing has happened yet.';
    parent.append(table, this.#none);
  }

  async update(): Promise<void> {
    const events = (await this.#collector.getEvents(SHOWN)).reverse();
    this.#none.hidden = events.length > 0;
    while (this.#body.rows.length < events.length) {
      const row = this.#body.insertRow();
      for (let i = 0; i < 3; i += 1) row.insertCell();
    }
    while (this.#body.rows.length > events.length) this.#body.deleteRow(-1);
    events.forEach((event, i) => {
      const { cells } = this.#body.rows[i];
      [timeOfDay(event.timestamp), event.name, summary(event)].forEach((text, cell) => {
        if (cells[cell].textContent !== text) cells[cell].textContent = text;
      });
    });
  }
}

function summary({ value }: TelemetryEvent): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name} ${typeof field === 'number' ? rounded(field) : field}`)
    .join(' · ');
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
