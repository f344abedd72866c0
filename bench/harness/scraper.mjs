/** Scrapes over HTTP as a Prometheus server does, but without compression, since not every peer has it. */
import { get } from 'node:http';

/**
 * @param {string} url
 * @param {string} [accept]
 * @returns {Promise<{ body: Buffer, text: string, answered: number }>} the time in milliseconds
 */
export function scrapeUrl(url, accept = 'text/plain') {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { Accept: accept } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answered = performance.now() - start;
        const body = Buffer.concat(chunks);
        const text = body.toString('utf8');
        if (response.statusCode === 200) resolve({ body, text, answered });
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    request.on('error', reject);
  });
}
