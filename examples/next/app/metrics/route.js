import { collector } from '../../telemetry.js';

export const dynamic = 'force-dynamic';
export const GET = collector.handler();
