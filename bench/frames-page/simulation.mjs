/**
 * The page's work apart from telemetry: a few thousand foglets that drift, bounce off the walls and are
 * drawn. It is the same in every run, so all pages have the same work.
 */

export const FOGLETS = 4000;

/** The groups. Each foglet belongs to one, which gives it its colour and its metrics. */
export const GROUPS = 16;

const SIZE = 2;
const COLOURS = Array.from({ length: GROUPS }, (_, i) => `hsl(${(i * 360) / GROUPS} 70% 50%)`);

/** Returns numbers evenly spread over 0 to 1, without a random generator. */
const spread = (i, step) => (i * step) % 1;

/** @param {HTMLCanvasElement} canvas */
export function createSimulation(canvas) {
  const { width, height } = canvas;
  const context = canvas.getContext('2d');
  const foglets = Array.from({ length: FOGLETS }, (_, i) => ({
    x: spread(i, 0.618) * width,
    y: spread(i, 0.414) * height,
    vx: spread(i, 0.732) * 4 - 2,
    vy: spread(i, 0.236) * 4 - 2,
  }));

  function move() {
    for (const foglet of foglets) {
      foglet.x += foglet.vx;
      foglet.y += foglet.vy;
      if (foglet.x < 0 || foglet.x > width) foglet.vx = -foglet.vx;
      if (foglet.y < 0 || foglet.y > height) foglet.vy = -foglet.vy;
    }
  }

  function draw() {
    context.clearRect(0, 0, width, height);
    for (let group = 0; group < GROUPS; group++) {
      context.fillStyle = COLOURS[group];
      for (let i = group; i < FOGLETS; i += GROUPS) {
        context.fillRect(foglets[i].x, foglets[i].y, SIZE, SIZE);
      }
    }
  }

  return {
    step() {
      move();
      draw();
    },
    /**
     * Whole, so that sums are exact, and not negative, for then OpenTelemetry's histogram ignores it.
     * @param {number} i
     */
    positionOf: (i) => Math.max(0, Math.round(foglets[i].x)),
  };
}
