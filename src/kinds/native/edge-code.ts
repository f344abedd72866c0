import { nativeReading } from './native-reading.ts';
import { setNativeReading } from './reading-code.ts';

export { recording } from './native-recording.ts';

setNativeReading(nativeReading);
