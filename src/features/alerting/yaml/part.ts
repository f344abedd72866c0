import { parseYaml } from './yaml.ts';
import { YAML_PART, type YamlPart } from './yaml-part.ts';

export const name = YAML_PART;

/** Starts the part that reads YAML for `alerting()`. */
export function start(): YamlPart {
  return { parse: parseYaml };
}
