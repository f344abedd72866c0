/** Runs before the page's own script: what that needs, and what is said if it does not start. */
import { ensureLanguage } from './language.ts';
import { tellTrouble } from './trouble.ts';

tellTrouble();
ensureLanguage();
