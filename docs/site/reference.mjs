/** Writes the reference from the types in src/ with TypeDoc: a page for each subpath of the package. */
import { fileURLToPath } from 'node:url';
import { Application, Converter, Logger, LogLevel, ReflectionKind } from 'typedoc';
import { MarkdownPageEvent, MarkdownTheme, MarkdownThemeContext } from 'typedoc-plugin-markdown';
import { giveCategories, PURPOSES } from './purposes.mjs';
import { importOf, REFERENCE } from './reference-pages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Leaves out what the signature above says already, and names the anchor of each heading. */
class ShortContext extends MarkdownThemeContext {
  constructor(...args) {
    super(...args);
    const { memberTitle, signatureReturns } = this.partials;
    this.partials.signatureReturns = (model, options) =>
      model.comment?.getTag('@returns') ? signatureReturns(model, options) : '';
    this.partials.inheritance = () => '';
    // Several members may have one name, and VitePress would number them in another order.
    this.partials.memberTitle = (model) =>
      this.router.hasUrl(model)
        ? `${memberTitle(model)} {#${this.router.getAnchor(model)}}`
        : memberTitle(model);
  }
}

class ShortTheme extends MarkdownTheme {
  getRenderContext(page) {
    return new ShortContext(this, page, this.application.options);
  }
}

const LAYOUT = {
  hideBreadcrumbs: true,
  hidePageHeader: true,
  hideGroupHeadings: true,
  pageTitleTemplates: {
    index: 'Reference',
    module: ({ rawName, kind }) => (kind === 'Module' ? importOf(rawName) : rawName),
  },
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
  tableColumnSettings: {
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    leftAlignHeaders: true,
  },
  useHTMLEncodedBrackets: true,
  sanitizeComments: true,
};

/** Keeps two levels of headings in a page: what is exported, and its members. What has no default shows a dash. */
function flatten(text) {
  return text
    .replace(
      /^#{4,6} (Constructors?|Accessors|Methods|Properties|[GS]et Signature|Call Signature)\n+/gm,
      '',
    )
    .replace(/^#{4,6} ([A-Z][a-z]+( [A-Za-z]+)?)$/gm, '**$1**')
    .replace(/^#{5,6} /gm, '#### ')
    .replaceAll('| `undefined` |', '| – |');
}

/**
 * Findings that are none. The sentence of an object without a name is for its members, too, and that of a getter for
 * its setter. Some types only stand in signatures: no application has to name them.
 */
const NO_FINDINGS = /\.__type\b|\(SetSignature\)|but not included in the documentation/;

/** Keeps what TypeDoc finds. */
class Findings extends Logger {
  list = [];
  log(message, level) {
    if (level >= LogLevel.Warn && !NO_FINDINGS.test(message)) this.list.push(message);
  }
}

/**
 * Writes the pages.
 *
 * @param {string} folder where to; what is there goes
 * @returns {Promise<string[]>} what TypeDoc finds missing or wrong
 */
export async function writeReference(folder) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: REFERENCE.map(({ source }) => `${root}src/${source}`),
    tsconfig: `${root}tsconfig.json`,
    // `npm run types` checks them.
    skipErrorChecking: true,
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: folder }],
    router: 'module',
    readme: 'none',
    entryFileName: 'index',
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    disableSources: true,
    categorizeByGroup: false,
    categoryOrder: PURPOSES,
    sort: ['static-first', 'kind', 'alphabetical'],
    kindSortOrder: ['Class', 'Function', 'Variable', 'Interface', 'TypeAlias', 'Namespace'],
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    logLevel: 'Warn',
    ...LAYOUT,
  });
  const findings = new Findings();
  app.logger = findings;
  app.renderer.defineTheme('short', ShortTheme);
  app.options.setValue('theme', 'short');
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kind === ReflectionKind.Module) nameModule(context, reflection);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    giveCategories(project, `${root}src/`);
  });
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = flatten(page.contents);
  });
  const project = await app.convert();
  if (!project) throw new Error(`TypeDoc failed: ${findings.list.join('\n')}`);
  app.validate(project);
  await app.generateOutputs(project);
  return findings.list;
}

/** Names a module as its page. */
function nameModule(context, module) {
  const [declaration] = context.getSymbolFromReflection(module)?.declarations ?? [];
  const { fileName = '' } = declaration?.getSourceFile() ?? {};
  const found = REFERENCE.find(({ source }) => fileName.endsWith(`/src/${source}`));
  if (found) module.name = found.page;
}
