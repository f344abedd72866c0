/**
 * Measures what one step on one cell costs with nothing around it, for each way in which a cell could be
 * written. The first is the way of the library.
 */

const CELL = 3;
const CELLS = 8;
const { SharedArrayBuffer: Memory = ArrayBuffer } = globalThis;

/** One writer: load, add, store. */
function bareCell() {
  const cells = new Float64Array(new Memory(CELLS * 8));
  return {
    run(n) {
      for (let i = 0; i < n; i++) cells[CELL] += 1;
    },
    read: () => ({ series: 1, total: cells[CELL] }),
  };
}

/** A store alone, as for setting: the value does not depend on the one before. */
function bareStore() {
  const cells = new Float64Array(new Memory(CELLS * 8));
  let last = 0;
  return {
    run(n) {
      for (let i = 0; i < n; i++) cells[CELL] = i * 0.5;
      last = (n - 1) * 0.5;
    },
    expected: () => last,
    read: () => ({ series: 1, total: cells[CELL] }),
  };
}

/** The running value is kept in a field, and the cell is only stored to. */
class KeptValue {
  #cells;
  #index;
  value;

  constructor(cells, index, value) {
    this.#cells = cells;
    this.#index = index;
    this.value = value;
  }

  add(amount) {
    this.#cells[this.#index] = this.value += amount;
  }
}

function keptValue(start) {
  const cells = new Float64Array(new Memory(CELLS * 8));
  const kept = new KeptValue(cells, CELL, start);
  return {
    run(n) {
      for (let i = 0; i < n; i++) kept.add(1);
    },
    read: () => ({ series: 1, total: cells[CELL] }),
  };
}

/** As long as all values are small whole numbers, V8 keeps the field as an integer. */
const keptInteger = () => keptValue(0);

/** After one fraction, or -0 as here, it stays a double for good. */
const keptDouble = () => keptValue(-0);

/** Any number of writers, but whole numbers of 32 bits only. */
function atomicsAdd() {
  const cells = new Int32Array(new Memory(CELLS * 4));
  return {
    run(n) {
      for (let i = 0; i < n; i++) Atomics.add(cells, CELL, 1);
    },
    read: () => ({ series: 1, total: cells[CELL] }),
  };
}

/** Any number of writers, fractions too: swap the bits of the float until nobody was faster. */
function compareAndSwap() {
  const cells = new BigInt64Array(new Memory(CELLS * 8));
  const float = new Float64Array(1);
  const bits = new BigInt64Array(float.buffer);
  const add = (amount) => {
    for (;;) {
      const before = Atomics.load(cells, CELL);
      bits[0] = before;
      float[0] += amount;
      if (Atomics.compareExchange(cells, CELL, before, bits[0]) === before) return;
    }
  };
  return {
    run(n) {
      for (let i = 0; i < n; i++) add(1);
    },
    read: () => {
      bits[0] = cells[CELL];
      return { series: 1, total: float[0] };
    },
  };
}

/** One writer, readers that can tell when they were disturbed: odd while the store is under way. */
function sequenceLock() {
  const buffer = new Memory(CELLS * 8 + 8);
  const cells = new Float64Array(buffer, 0, CELLS);
  const sequence = new Int32Array(buffer, CELLS * 8, 1);
  let turn = 0;
  const add = (amount) => {
    turn = (turn + 1) | 0;
    Atomics.store(sequence, 0, turn);
    cells[CELL] += amount;
    turn = (turn + 1) | 0;
    Atomics.store(sequence, 0, turn);
  };
  return {
    run(n) {
      for (let i = 0; i < n; i++) add(1);
    },
    read: () => ({ series: 1, total: cells[CELL] }),
  };
}

/** @returns {import('../contenders/list.mjs').Contender} */
export const open = () => ({
  works: {
    'bare-cell': bareCell,
    'bare-store': bareStore,
    'kept-integer': keptInteger,
    'kept-double': keptDouble,
    'atomics-add': atomicsAdd,
    'compare-and-swap': compareAndSwap,
    'sequence-lock': sequenceLock,
  },
  close() {},
});
