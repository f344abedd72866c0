import { describe, expect, it } from 'vitest';
import { expositions, linkContract } from '../contracts/link-contract.ts';

describe.each(['shared', 'message', 'inline'] as const)('the %s link', (link) =>
  linkContract(link),
);

describe('the three links', () => {
  it('give expositions that are equal to the byte', async () => {
    const [shared, message, inline] = await Promise.all(
      (['shared', 'message', 'inline'] as const).map(expositions),
    );
    expect(shared[0]).toContain('requests_total{job="sim",z="é",otel_metric_overflow="true"}');
    expect(message).toEqual(shared);
    expect(inline).toEqual(shared);
  });
});
