import client from 'prom-client';
import { prometheusStyle } from './prometheus-style.mjs';

export const open = prometheusStyle(client);
