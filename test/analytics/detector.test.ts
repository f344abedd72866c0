/** A detector, as its users see it. */
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { expect, it } from 'vitest';

it('finds a value that is far from all before', () => {
  const detector = createDetector();
  for (let i = 0; i < 500; i++) detector.next(i, 10 + Math.sin(i));
  expect(detector.next(500, 10).score).toBeLessThan(0.3);
  expect(detector.next(501, 1000).score).toBeGreaterThan(0.9);
});
