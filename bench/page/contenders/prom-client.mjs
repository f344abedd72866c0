import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { prometheusStyle } from './prometheus-style.mjs';

export const open = prometheusStyle({ Registry, Counter, Gauge, Histogram });
