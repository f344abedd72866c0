import type { ReadingKind } from '../kind.ts';
import { INFO_NAME } from './shape.ts';
import { soleThreadInfo } from './sole-thread.ts';

export const readingInfo: ReadingKind = {
  ...soleThreadInfo,
  claims: { shape: (_, name) => (INFO_NAME.test(name) ? {} : undefined) },
};
