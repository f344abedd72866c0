import type { Clock } from '../platform/clock.ts';
import type { ExportPlan, HttpPlan } from '../protocol/requests.ts';

/** Asks the application for headers, such as a token that expires. */
export type AskForHeaders = () => Promise<Readonly<Record<string, string>>>;

/** How many seconds the application may take for that. Its thread may be busy. */
const LONGEST = 5;
/** No honest request has more headers. */
const MAX_HEADERS = 100;

/**
 * Returns the plan with the headers that the application gives now, if the plan says that it asks for them.
 * @throws Error when the application gives none in time
 */
export async function withHeaders(
  plan: ExportPlan,
  ask: AskForHeaders | undefined,
  clock: Pick<Clock, 'within'>,
): Promise<ExportPlan> {
  return { ...plan, http: plan.http && (await withHeadersNow(plan.http, ask, clock)) };
}

/** Does the same for a request alone. */
export async function withHeadersNow(
  http: HttpPlan,
  ask: AskForHeaders | undefined,
  clock: Pick<Clock, 'within'>,
): Promise<HttpPlan> {
  if (!http.asksForHeaders || !ask) return http;
  let given: unknown;
  let failure: unknown = new Error(`headers() has not answered in ${LONGEST} seconds`);
  const asked = ask().then(
    (headers) => {
      given = headers;
    },
    (error) => {
      failure = error;
    },
  );
  await clock.within(LONGEST, asked);
  if (given === undefined) throw failure;
  // What a thread answers may be anything.
  if (!areFields(given)) throw new TypeError('headers() has not returned headers');
  return { ...http, headers: { ...http.headers, ...given } };
}

/** Whether these may be the headers of a request. What is wrong with them otherwise, `fetch` refuses. */
export function areFields(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return false;
  const texts = Object.values(value);
  return texts.length <= MAX_HEADERS && texts.every((text) => typeof text === 'string');
}
