/**
 * WebKitGTK names the language "C" where the system has none. No formatter accepts that, and uPlot makes one as soon
 * as it is loaded. The page is in English.
 */
export function ensureLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
