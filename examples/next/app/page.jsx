import { views } from '../telemetry.js';
import { ClickCounter } from './click-counter.jsx';

export const dynamic = 'force-dynamic';

export default function Page() {
  views.increment(1, { page: 'home' });
  return <ClickCounter />;
}
