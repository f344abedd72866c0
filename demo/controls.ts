/** The sliders and what they set. */
import { integer } from './numbers.ts';
import type { Simulation } from './simulation.ts';
import { deepest } from './tree.ts';

export interface ControlListener {
  /** Called when another size or shape is chosen. */
  replant(): void;
  speed(factor: number): void;
}

export function setUpSliders(simulation: Simulation, listener: ControlListener): void {
  const { settings } = simulation;
  const depth = slider('depth', settings.depth, String, (value) => {
    settings.depth = value;
    listener.replant();
    faults.show();
  });
  slider('branching', settings.branching, String, (value) => {
    settings.branching = value;
    // The tree stays as large as before, as far as the other branching allows.
    settings.depth = Math.min(settings.depth, deepest(value));
    limitDepth();
    listener.replant();
    faults.show();
  });
  slider(
    'speed',
    0,
    (value) => `${2 ** value}×`,
    (value) => listener.speed(2 ** value),
  );
  slider(
    'traffic',
    settings.traffic,
    (value) => `${value.toFixed(1)} /s`,
    (value) => {
      settings.traffic = value;
    },
  );
  const faults = slider(
    'faults',
    settings.faultRate,
    (value) => `${integer((value * simulation.world.tree.size) / 1000)} /s`,
    (value) => {
      settings.faultRate = value;
    },
  );
  const limitDepth = () => {
    depth.input.max = String(deepest(settings.branching));
    depth.input.value = String(settings.depth);
    depth.show();
  };
  limitDepth();
}

function slider(
  id: string,
  initial: number,
  describe: (value: number) => string,
  changed: (value: number) => void,
) {
  const input = document.getElementById(id) as HTMLInputElement;
  const output = document.getElementById(`${id}-value`) as HTMLOutputElement;
  const show = () => {
    const text = describe(input.valueAsNumber);
    output.textContent = text;
    input.setAttribute('aria-valuetext', text);
  };
  input.value = String(initial);
  input.addEventListener('input', () => {
    changed(input.valueAsNumber);
    show();
  });
  show();
  return { input, show };
}
