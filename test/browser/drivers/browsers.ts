import { chromiumPath, firefoxPath, requirePart } from '../../parts.ts';
import { launchChromium, launchFirefox } from './puppeteer.ts';

/** The browsers that puppeteer drives, and whether each is installed. */
export const BROWSERS = [
  { name: 'Chromium', launch: launchChromium, here: requirePart('chromium', chromiumPath()) },
  { name: 'Firefox', launch: launchFirefox, here: requirePart('firefox', firefoxPath()) },
];
