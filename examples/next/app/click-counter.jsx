'use client';

import { useEffect, useState } from 'react';
import { formatPrometheus, setupRuntimeHooks, TelemetryCollector } from 'utilityfog-telemetry';

// Cheap, and without effect while the server renders: the worker starts at the first call below.
const collector = new TelemetryCollector({ collectionInterval: 1, onDuplicate: 'reuse' });
const clicks = collector.registerCounter('clicks_total', 'Clicks', { labelNames: ['button'] });

export function ClickCounter() {
  const [shown, setShown] = useState({ link: 'starting', text: '' });

  async function show() {
    const text = await formatPrometheus(collector);
    setShown({ link: collector.link, text });
  }
  function count() {
    clicks.increment(1, { button: 'count' });
    show();
  }
  useEffect(() => {
    setupRuntimeHooks(collector);
    const removeHook = collector.addHook('collection', show);
    collector.startCollection();
    return () => {
      removeHook();
      collector.stopCollection();
    };
  }, []);

  return (
    <>
      <p>
        <button type="button" onClick={count}>
          Count
        </button>{' '}
        Link: <output>{shown.link}</output>
      </p>
      <pre>{shown.text}</pre>
    </>
  );
}
