import { histogramLabel } from './evaluate/histogram-label.ts';
import { parse } from './parse/parse.ts';
import { printed } from './parse/print.ts';
import { QueryError } from './query-error.ts';
import { compileSearch } from './regex/search.ts';

/** What rules need of the language. It is given to them, so that their part need not bring it along. */
export interface Language {
  /** Returns an expression as Prometheus shows it. @throws Error that says what is wrong, and where */
  checked(expr: string): string;
  readonly compileSearch: typeof compileSearch;
  /** Returns a histogram as templates show it. */
  readonly histogramText: typeof histogramLabel;
}

export function languageOf(options: { readonly experimental?: boolean | undefined }): Language {
  return {
    checked(expr) {
      try {
        return printed(parse(expr, options));
      } catch (error) {
        if (!(error instanceof QueryError) || !error.position) throw error;
        const { line, column } = error.position;
        throw new Error(`${line}:${column}: parse error: ${error.message}`);
      }
    },
    compileSearch,
    histogramText: histogramLabel,
  };
}
