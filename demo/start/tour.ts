/** Leads through the page in four steps. It can be left at each of them. */

interface Step {
  readonly title: string;
  readonly text: string;
  /** What is pointed at. */
  readonly target: string;
  /** The view that is opened for it. */
  readonly view?: string;
}

const STEPS: readonly Step[] = [
  {
    title: 'It costs little',
    text: 'The dots that move in the tree are messages, and each changes several metrics of this page. See what as many updates cost it with this library, prom-client, OpenTelemetry, and without.',
    target: '#compare-open',
  },
  {
    title: 'A worker reads',
    text: 'All else happens in a worker, if the browser has one to give. Freeze the page, and see what a client in a worker can tell, and what one in the page.',
    target: '#block',
  },
  {
    title: 'It speaks Prometheus',
    text: 'This is what Prometheus would get. Queries, alerts and a memory of the last minutes are beside it, without any server.',
    target: '.panel',
    view: 'exposition',
  },
  {
    title: 'It follows messages',
    text: 'A dot on the chart of latencies is a message that was traced. It leads to the way of that message through the tree.',
    target: '#chart-latency',
    view: 'traces',
  },
];

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

/** @param open opens a view */
export function setUpTour(open: (view: string) => void): void {
  const card = element('tour');
  const start = element('tour-start');
  let at = 0;
  let target: Element | null = null;
  const leave = () => {
    target?.classList.remove('toured');
    card.hidden = true;
    start.focus();
  };
  const show = (step: number) => {
    target?.classList.remove('toured');
    if (step === STEPS.length) return leave();
    at = step;
    const { title, text, view } = STEPS[step];
    if (view) open(view);
    target = document.querySelector(STEPS[step].target)!;
    target.classList.add('toured');
    target.scrollIntoView({ block: 'center' });
    const { left, right } = target.getBoundingClientRect();
    // The card must not lie on what it speaks of.
    card.classList.toggle('left', (left + right) / 2 > innerWidth / 2);
    element('tour-title').textContent = `${step + 1} of ${STEPS.length}: ${title}`;
    element('tour-text').textContent = text;
    const isLast = step === STEPS.length - 1;
    element('tour-next').textContent = isLast ? 'Done' : 'Next';
    element('tour-skip').hidden = isLast;
    card.hidden = false;
    element('tour-title').focus({ preventScroll: true });
  };
  start.addEventListener('click', () => show(0));
  element('tour-next').addEventListener('click', () => show(at + 1));
  element('tour-skip').addEventListener('click', leave);
  card.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') leave();
  });
}
