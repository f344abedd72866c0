import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import Registry from '@prometheus-io/client/lib/registry.js';
import { prometheusStyle } from './prometheus-style.mjs';

export const open = prometheusStyle({ Registry, Counter, Gauge, Histogram });
