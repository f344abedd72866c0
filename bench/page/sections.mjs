/**
 * How the page calls the parts, and what it says about each.
 */

const SECTIONS = {
  'hot-path': {
    heading: 'One call',
    about:
      'What one increment, observation or set costs the thread that makes it. The _bare cell_ is the ' +
      'yardstick: the same store with nothing around it. ' +
      'In most rows the engine has seen one call of one client and nothing else, and may make a few ' +
      'instructions of it; the rows with * are nearer to an application.',
  },
  creation: {
    heading: 'A new series',
    about: 'What the first increment of a label set costs, in time and in memory.',
  },
  scrape: {
    heading: 'A scrape',
    about:
      'How long the main thread cannot do anything else while 100,000 series are scraped, what that ' +
      'costs the process, and how long the answer takes.',
  },
  events: {
    heading: 'An event',
    about:
      '`recordEvent` with a value of 200 bytes. No peer has events; the yardsticks are the means by ' +
      'which any thread copies a value.',
  },
};

const named = (part) => part.charAt(0).toUpperCase() + part.slice(1).replaceAll('-', ' ');

/** Those that have a text here come first, in its order. @param {string[]} parts */
export const inOrder = (parts) => [
  ...Object.keys(SECTIONS).filter((part) => parts.includes(part)),
  ...parts.filter((part) => !(part in SECTIONS)),
];

/** @param {string} part @returns {{ heading: string, about?: string }} */
export const sectionOf = (part) => SECTIONS[part] ?? { heading: named(part) };

export const INTRODUCTION = `What a recording, a new series and a scrape cost, beside
[prom-client](https://github.com/siimon/prom-client), its successor
[@prometheus-io/client](https://www.npmjs.com/package/@prometheus-io/client) and the
[OpenTelemetry SDK](https://github.com/open-telemetry/opentelemetry-js): the same work, measured in
turn on one machine. Times are those of that machine; ratios carry over better, but not to the digit.`;

export const METHOD = `Each contender has its own process (in Chromium its own browser), so that no
one's calls change how the engine compiles another's, and rounds go in turn, A B C, A B C. Ratios are
taken round by round. A slice of 2 ms counts only if the core was quiet right before and right after
it; where too few were to be had, all count, and the page says that the machine was busy. Afterwards each contender says through its own exposition how many series it holds and their
total; a run fails if one is not right.

Figures are medians; ± is half the distance between the quartiles, in percent of the median, and in
brackets are the quartiles. A goal is reached, or a contender faster, only if both quartiles say so;
otherwise the verdict is that the spread is too wide to say. Goals are no tests: nothing fails when
one is missed. More in [bench/README.md](../bench/README.md).`;
