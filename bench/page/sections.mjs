/** The headings of the parts on the page, and what it says about each. */

const SECTIONS = {
  'hot-path': {
    heading: 'One call',
    about:
      'What one increment, observation or set costs the thread that makes it. The _bare cell_ is the ' +
      'yardstick: the same store with nothing around it. ' +
      'In most rows the engine has seen one call of one client and nothing else, and can reduce it to a ' +
      'few instructions. The rows with * are nearer to an application.',
  },
  creation: {
    heading: 'A new series',
    about:
      'What the first increment of a label set costs, in time and in memory. The _Map of Maps_ is the ' +
      'yardstick: an entry by which a series is found, and nothing else.',
  },
  scrape: {
    heading: 'A scrape',
    about:
      'How long the main thread cannot do anything else while 100,000 series are scraped, what that ' +
      'costs the process, and how long the answer takes.',
  },
  formats: {
    heading: 'A scrape in each format',
    about:
      'What a scrape of 100,000 series costs as text, as OpenMetrics, whose counters have a second line that ' +
      'says since when they count, and as protobuf.',
  },
  push: {
    heading: 'A push to an engine',
    about:
      'What it costs to send 100,000 series, of which 1000 have changed, to a receiver in another process. The ' +
      'first push is left out: later ones use what is remembered. OpenTelemetry and prometheus-remote-write do ' +
      'all of it in the main thread, and we in the worker.',
  },
  events: {
    heading: 'An event',
    about:
      '`recordEvent` with a value of 200 bytes. Only Grafana Faro has events as well. The yardsticks ' +
      'are the ways in which any thread can copy a value.',
  },
  scaling: {
    heading: 'Scrapes of few and of many series',
    about:
      'How the cost of a scrape over HTTP grows with the number of series, over each link between a ' +
      'thread and its collector. The yardstick is a server that has the text ready.',
  },
  collection: {
    heading: 'A collection run',
    about:
      'What a run costs when one series in a hundred has changed since the last run, beside a run ' +
      'before which all have changed. The yardstick is a bare write of as many bytes.',
  },
  startup: {
    heading: 'Getting ready',
    about:
      'How long it takes to import the package, to open a collector and to register a hundred metrics, ' +
      'in a process that has just begun. The yardstick is the import of an empty module.',
  },
  contention: {
    heading: 'Two threads',
    about:
      'Whether threads that record slow each other down, and whether scrapes slow them down. There are ' +
      'two yardsticks: bare cells that share a cache line slow each other down, and bare cells in ' +
      'different cache lines do not.',
  },
  allocations: {
    heading: 'Garbage',
    about:
      'What a million mixed recordings leave for the garbage collector, and how often code is compiled ' +
      'anew meanwhile. The yardstick is the same loop with the calls left out.',
  },
  frames: {
    heading: 'Frames of a page',
    about:
      'A page draws 4,000 foglets and makes 3,000 recordings in each frame, with 100,000 series that ' +
      'are collected and exported every second. The yardstick is the page without telemetry, first ' +
      'and last in each round.',
  },
  'span-frames': {
    heading: 'Spans in a page',
    about:
      'The same page makes 167 spans in each frame, which is 10,000 a second, with four attributes each. They ' +
      'are sent by OTLP. OpenTelemetry has its BatchSpanProcessor. The CPU time is that of the main thread, as ' +
      'the browser traces it: what other programs do on the machine makes a task take longer, but adds no CPU ' +
      'time to it.',
  },
};

const named = (part) => part.charAt(0).toUpperCase() + part.slice(1).replaceAll('-', ' ');

/** Sorts the parts: those with a text here come first, in its order. @param {string[]} parts */
export const inOrder = (parts) => [
  ...Object.keys(SECTIONS).filter((part) => parts.includes(part)),
  ...parts.filter((part) => !(part in SECTIONS)),
];

/** @param {string} part @returns {{ heading: string, about?: string }} */
export const sectionOf = (part) => SECTIONS[part] ?? { heading: named(part) };

export const INTRODUCTION = `This page has all figures of the benchmark, its goals, its method and its machines. [Performance](performance.md) sums
them up. They say what a recording, a new series and a scrape cost, beside
[prom-client](https://github.com/siimon/prom-client), its successor
[@prometheus-io/client](https://www.npmjs.com/package/@prometheus-io/client) and the
[OpenTelemetry SDK](https://github.com/open-telemetry/opentelemetry-js): the same work, measured in
turn on one machine. Another machine has other times. Ratios differ less from machine to machine, but
they differ, too.`;

export const METHOD = `Each contender has its own process (in Chromium its own browser), so that no
one's calls change how the engine compiles another's, and rounds go in turn, A B C, A B C. Ratios are
taken round by round. A slice of 2 ms counts only if the core was quiet right before and right after
it. If there were too few such slices, all count, and the page says that the machine was busy.
Afterwards each contender says through its own exposition how many series it holds and their total. The
run fails if one of them is wrong.

Figures are medians. The number after ± is half the distance between the quartiles, in percent of the
median; the numbers in brackets are the quartiles. A goal is reached, or a contender faster, only if both
quartiles say so. If they do not, the verdict is that the spread is too wide to say. Goals are no tests:
nothing fails if one is missed. More in [bench/README.md](../bench/README.md).`;
