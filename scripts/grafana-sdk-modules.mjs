/**
 * A plugin for Rollup that turns the files of @grafana/grafana-foundation-sdk from CommonJS into modules. They
 * are generated and all look alike, so a few replacements will do. Without it nothing of the package could be
 * left out, and dist/grafana.js would hold 480 kB of minified code instead of 80.
 */
const FILES = /[\\/]@grafana[\\/]grafana-foundation-sdk[\\/]dist[\\/].*\.js$/;

export const grafanaSdkModules = {
  name: 'grafana-sdk-modules',
  transform(code, id) {
    if (!FILES.test(id)) return null;
    const module = asModule(code);
    // A newer version may be generated in another way.
    if (/\b(exports|require|tslib_1)\b/.test(module.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      this.error(`${id} is not as it was expected.`);
    return { code: module, map: null, moduleSideEffects: false };
  },
};

/** An enumeration, as TypeScript writes it. */
const ENUM =
  /^var (\w+);\n\(function \(\1\) \{\n([\s\S]*?)\n\}\)\(\1 \|\| \(exports\.\1 = \1 = \{\}\)\);$/gm;

function asModule(code) {
  const named = (pattern) => [...code.matchAll(pattern)].map(([, name]) => name);
  const exported = [...named(/^exports\.(\w+) = \1;$/gm), ...named(ENUM)];
  return `${code
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replace(/^"use strict";$/m, '')
    .replace(/^Object\.defineProperty\(exports, "__esModule".*$/m, '')
    .replace(/^(exports\.\w+ = )+void 0;$/gm, '')
    .replace(/^exports\.(\w+) = \1;$/gm, '')
    .replace(/^const tslib_1 = require\("tslib"\);$/m, '')
    .replace(
      /^const (\w+) = tslib_1\.__importStar\(require\((.*?)\)\);$/gm,
      'import * as $1 from $2;',
    )
    .replace(/^tslib_1\.__exportStar\(require\((.*?)\), exports\);$/gm, 'export * from $1;')
    // Rollup leaves out what nobody uses if it is pure.
    .replace(ENUM, 'const $1 = /* @__PURE__ */ (($1) => {\n$2\n    return $1;\n})({});')
    .replace(/^exports\.(\w+) = /gm, 'export const $1 = ')
    .replace(/\(0, exports\.(\w+)\)/g, '$1')
    .replace(/\bexports\.(\w+)\b/g, '$1')}
export { ${exported.join(', ')} };
`;
}

/** Whether Rollup warns of circles among those files only. They do no harm there. */
export const isCircleOfGrafanaSdk = ({ code, ids }) =>
  code === 'CIRCULAR_DEPENDENCY' && ids.every((id) => FILES.test(id));
