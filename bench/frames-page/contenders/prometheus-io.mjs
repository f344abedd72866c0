import client from '@prometheus-io/client';
import { prometheusStyle } from './prometheus-style.mjs';

export const open = prometheusStyle(client);
