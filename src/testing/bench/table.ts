import type { Measurement } from './benchmark.ts';
import { columns } from './columns.ts';
import { percentile, summarise } from './statistics.ts';

const HEADINGS = ['milliseconds', 'count', 'p50', 'p95', 'p99', 'max', 'aim', ''];

/** How a measurement stands to its aim. */
export type Judgement = 'pass' | 'MISS' | 'no aim';

/** Judges the 95th percentile; a measurement without values misses every aim. */
export function judge({ values, aim }: Measurement): Judgement {
  if (aim === undefined) return 'no aim';
  return values.length > 0 && percentile(values, 0.95) <= aim ? 'pass' : 'MISS';
}

/** Lays measurements out as a table, one in a line, times in milliseconds. */
export function table(measurements: readonly Measurement[]): string {
  return columns([HEADINGS, ...measurements.map(row)]);
}

function row(measurement: Measurement): string[] {
  const { label, values, aim } = measurement;
  const judgement = judge(measurement);
  const end = aim === undefined ? ['', ''] : [`p95 ≤ ${aim}`, judgement];
  if (values.length === 0) return [label, '0', '–', '–', '–', '–', ...end];
  const { count, p50, p95, p99, max } = summarise(values);
  return [label, String(count), ...[p50, p95, p99, max].map((value) => value.toFixed(1)), ...end];
}
