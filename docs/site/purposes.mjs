/** Says in which order and under which headings a page of the reference tells of what a subpath exports. */
import { Comment, CommentTag, ReflectionKind } from 'typedoc';

/** Each purpose, and which files of src/ serve it. The first that fits counts. */
const OF_PACKAGE = [
  ['The collector', /^(telemetry-collector|collector-options|get-collector|protocol\/config)\.ts$/],
  ['Metrics', /^kinds\//],
  ['Exporters and formats', /^(exporters|formats)\//],
  ['Ready-made metrics', /^hooks\//],
  ['Being scraped', /^http\//],
  ['Edge functions', /^(bridges|storage)\//],
  ['Features of your own', /^(protocol\/feature|storage\/blobs)\.ts$/],
  ['Readings and reports', /./],
];
const FUNCTIONS = 'Functions and classes';
const OPTIONS = 'Options';
const TYPES = 'Types';

export const PURPOSES = [...OF_PACKAGE.map(([purpose]) => purpose), FUNCTIONS, OPTIONS, TYPES];

/** Gives each export a category, from which TypeDoc makes the headings. */
export function giveCategories(project, src) {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    const isPackage = module.name === 'utilityfog-telemetry' || module.name === 'edge';
    for (const child of module.children ?? []) {
      const file = project.getSymbolIdFromReflection(child)?.fileName ?? '';
      const purpose = isPackage ? purposeOf(file.slice(src.length)) : roleOf(child);
      const comment = (child.signatures?.[0] ?? child).comment ?? new Comment();
      comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: purpose }]));
      (child.signatures?.[0] ?? child).comment = comment;
    }
  }
}

const purposeOf = (file) => OF_PACKAGE.find(([, files]) => files.test(file))[0];

function roleOf({ name, kind }) {
  if (/(Options|Configuration|Parameters|Props)$/.test(name)) return OPTIONS;
  const isCalled = ReflectionKind.Function | ReflectionKind.Class | ReflectionKind.Variable;
  return kind & isCalled ? FUNCTIONS : TYPES;
}
