/** Scrapes over HTTP as a Prometheus server does, but without compression, since not every peer has it. */
import { get } from 'node:http';

/** @param {string} url */
export function scrapeUrl(url) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { Accept: 'text/plain' } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answered = performance.now() - start;
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve({ text, answered });
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    request.on('error', reject);
  });
}
