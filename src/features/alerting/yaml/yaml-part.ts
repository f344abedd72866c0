import type { Part } from '../../../protocol/feature.ts';
import type { YamlNode } from '../yaml-node.ts';

/** The name of the part that reads YAML. */
export const YAML_PART = 'alerting-yaml';

/** What the part of `alerting()` asks of the one that reads YAML. */
export interface YamlPart extends Part {
  /** Parses a YAML text. @throws YamlError, whose class may be another than that of the caller */
  parse(text: string): YamlNode | undefined;
}
