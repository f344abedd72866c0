/** Shows an answer as a table: each series with its value, or with its samples if it is a range. */
import type { QueryResult } from 'utilityfog-telemetry/promql';
import { timeOfDay } from '../numbers.ts';
import { figure, type Sample, type Series, seriesOf } from './answer.ts';
import { seriesName } from './series-names.ts';

const MOST_ROWS = 200;
const MOST_SAMPLES = 10;

export class AnswerTable {
  readonly #body: HTMLTableSectionElement;

  constructor(parent: HTMLElement) {
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const title of ['Series', 'Value']) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = title;
      head.append(cell);
    }
    this.#body = table.createTBody();
    parent.append(table);
  }

  /** Shows the first `MOST_ROWS` series. Rows keep their elements, so that a selection survives. */
  show(answer: QueryResult): void {
    const series = seriesOf(answer).slice(0, MOST_ROWS);
    const rows = this.#body;
    while (rows.rows.length > series.length) rows.deleteRow(-1);
    series.forEach((one, i) => {
      let row = rows.rows[i];
      if (!row) {
        row = rows.insertRow();
        row.insertCell();
        row.insertCell();
      }
      const texts = [seriesName(one.metric) || '{}', valueText(one, answer.resultType)];
      texts.forEach((text, cell) => {
        if (row.cells[cell].textContent !== text) row.cells[cell].textContent = text;
      });
    });
  }
}

function valueText({ value, values }: Series, type: QueryResult['resultType']): string {
  if (value) return type === 'string' ? value[1] : shown(value);
  if (!values) return 'a native histogram';
  const newest = values.slice(-MOST_SAMPLES);
  const left = values.length > newest.length ? '… ' : '';
  return left + newest.map((one) => `${shown(one)} at ${timeOfDay(one[0])}`).join(', ');
}

function shown([, text]: Sample): string {
  return figure(Number(text.replace('Inf', 'Infinity')));
}
