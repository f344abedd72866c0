/**
 * What the oldest browsers that docs/browsers.md names lack: everything that Chrome 93, Firefox 114 or
 * Safari 15.4 does not have, by MDN's browser-compat-data 8.1. Of the Web APIs it has only those that a
 * library without a user interface might use.
 */

/** The browsers, by esbuild's names. */
export const OLDEST = ['chrome93', 'firefox114', 'safari15.4'];

/**
 * An object and what it or its prototype lacks (`.json`: only the object itself), or a global that is
 * missing as a whole.
 */
const LACKING = `
AsyncDisposableStack
AsyncIterator
DisposableStack
Float16Array
Iterator
SuppressedError
Temporal
Array: findLast findLastIndex fromAsync toReversed toSorted toSpliced with
ArrayBuffer: detached maxByteLength resizable resize transfer transferToFixedLength transferToImmutable
Atomics: pause waitAsync
DataView: getFloat16 setFloat16
Date: toTemporalInstant
Error: captureStackTrace isError stackTraceLimit
Intl: DurationFormat Segmenter supportedValuesOf
JSON: isRawJSON rawJSON
Map: getOrInsert getOrInsertComputed groupBy
Math: f16round sumPrecise
Object: groupBy
Promise: allKeyed allSettledKeyed try withResolvers
RegExp: escape unicodeSets
Set: difference intersection isDisjointFrom isSubsetOf isSupersetOf symmetricDifference union
SharedArrayBuffer: grow growable maxByteLength
String: isWellFormed toWellFormed
TypedArray: findLast findLastIndex toReversed toSorted with
Uint8Array: fromBase64 fromHex setFromBase64 setFromHex toBase64 toHex
WeakMap: getOrInsert getOrInsertComputed

CompressionStream
CookieStore
CookieStoreManager
DecompressionStream
FileSystemObserver
FileSystemWritableFileStream
LargestContentfulPaint
LayoutShift
Navigation
Observable
PageRevealEvent
PageSwapEvent
PerformanceElementTiming
PerformanceEventTiming
PerformanceLongAnimationFrameTiming
PerformanceLongTaskTiming
ReadableByteStreamController
ReadableStreamBYOBReader
ReportingObserver
Scheduler
Scheduling
SharedWorker
TaskController
TaskSignal
TrustedHTML
TrustedScript
TrustedScriptURL
TrustedTypePolicy
TrustedTypePolicyFactory
URLPattern
cancelIdleCallback
cookieStore
credentialless
fetchLater
navigation
originAgentCluster
requestIdleCallback
scheduler
sharedStorage
trustedTypes
AbortSignal: any reason throwIfAborted timeout
Blob: bytes textStream
Document: prerendering startViewTransition wasDiscarded
EventTarget: when
Headers: getSetCookie
IDBFactory: databases
IDBIndex: getAllRecords
IDBObjectStore: getAllRecords
IDBTransaction: durability
MessageEvent: userActivation
Navigator: connection deviceMemory scheduling storageBuckets userActivation userAgentData
Performance: eventCounts interactionCount measureUserAgentSpecificMemory memory
PerformanceNavigationTiming: activationStart notRestoredReasons
PerformanceResourceTiming: deliveryType renderBlockingStatus responseStatus serverTiming transferSize
ReadableStream: from values
Request: body bytes duplex keepalive
Response: bytes .json
StorageManager: estimate
URL: canParse parse
URLSearchParams: size
WorkerNavigator: connection deviceMemory storageBuckets userAgentData
WritableStreamDefaultController: signal
`;

/** Runs in the browser. Deletes all of these, and returns what is still there. */
function forget(lacking: string, iteratorMethods: string): string[] {
  const realm = globalThis as unknown as Record<string | symbol, unknown>;
  const left: string[] = [];
  const drop = (from: unknown, name: string | symbol) => {
    if (!from || !Object.hasOwn(from, name)) return;
    if (!Reflect.deleteProperty(from, name)) left.push(String(name));
  };
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  for (const name of iteratorMethods.split(' ')) drop(iterators, name);
  const typedArray = Object.getPrototypeOf(Uint8Array);
  for (const line of lacking.split('\n')) {
    const [name, members] = line.split(': ');
    const owner = (name === 'TypedArray' ? typedArray : realm[name!]) as
      | { readonly prototype?: object }
      | undefined;
    if (members === undefined) {
      drop(realm, name!);
      drop(realm.Window && (realm.Window as typeof Window).prototype, name!);
      continue;
    }
    for (const member of members.split(' ')) {
      drop(owner, member.replace('.', ''));
      drop(owner?.prototype, member);
    }
  }
  // These cannot be deleted, so another `Symbol` replaces it that has everything else.
  const { dispose, asyncDispose, ...others } = Object.getOwnPropertyDescriptors(Symbol);
  const poor = (description?: string) => native(description);
  const native = Symbol;
  realm.Symbol = Object.defineProperties(poor, others);
  return left;
}

const ITERATOR_METHODS =
  'chunks drop every filter find flatMap forEach includes join map reduce some take toArray windows';

/** A script to run first in a page or a worker. After it the browser can do no more than the oldest one. */
export const FORGET = `(${forget})(${JSON.stringify(LACKING.trim())}, ${JSON.stringify(ITERATOR_METHODS)});`;
