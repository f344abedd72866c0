import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
import { expect, it } from 'vitest';

const long = 'a'.repeat(200);
const engine = createEngine(
  memorySource(
    Array.from({ length: 100 }, (_, i) => ({
      labels: { __name__: 'x', pod: `${i}`, long },
      samples: [[0, i] as const],
    })),
  ),
  { maxSamples: 1_000_000 },
);
const refused = {
  kind: 'limit',
  message: 'query processing would load too many samples into memory in query execution',
};

// A short query could make labels that had no room in memory, and ended the process.
it('labels that queries make have a limit', async () => {
  const replaced = `label_replace(x, "y", "${'$0'.repeat(10_000)}", "long", ".*")`;
  await expect(engine.query(replaced, { time: 0 })).rejects.toMatchObject(refused);
  const joined = `label_join(x, "y", ","${', "long"'.repeat(10_000)})`;
  await expect(engine.query(joined, { time: 0 })).rejects.toMatchObject(refused);
});

it('long labels below it are made', async () => {
  const expr = `label_replace(x{pod="1"}, "y", "${'$0'.repeat(100)}", "long", ".*")`;
  const { result } = await engine.query(expr, { time: 0 });
  expect(result).toMatchObject([{ metric: { y: long.repeat(100) } }]);
});
