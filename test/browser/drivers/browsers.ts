import {
  chromiumPath,
  firefoxPath,
  miniBrowserPath,
  requirePart,
  webkitDriverPath,
  xvfbPath,
} from '../../parts.ts';
import { launchChromium, launchFirefox } from './puppeteer.ts';
import { launchWebKit } from './webkit.ts';

export const CHROMIUM = {
  name: 'Chromium',
  launch: launchChromium,
  here: requirePart('chromium', chromiumPath()),
};
export const FIREFOX = {
  name: 'Firefox',
  launch: launchFirefox,
  here: requirePart('firefox', firefoxPath()),
};
export const WEBKIT = {
  name: 'WebKit',
  launch: launchWebKit,
  here:
    requirePart('webkit', miniBrowserPath()) &&
    requirePart('webkitDriver', webkitDriverPath()) &&
    requirePart('xvfb', xvfbPath()),
};

/** The browsers that puppeteer drives. */
export const BROWSERS = [CHROMIUM, FIREFOX];
