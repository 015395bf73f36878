import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COUNTED, type Counted, OBSERVED } from '../../../domain/meter.ts';
import { FakeClock } from '../../../testing/clock.ts';
import { readExposition, type Sample, sampleValue } from '../../../testing/exposition.ts';
import { IDLE } from '../../../testing/http/test-operations.ts';
import { CALL_CAUSES, CALL_RESULTS, type CallFigures } from './call-metrics.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { SIP_EDGE_EVENTS } from './sip-edge-metrics.ts';

/** Every value that a label may have, but for what says which program this is and which route was asked for. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  result: Object.keys(CALL_RESULTS),
  outcome: [
    ...Object.values(CALL_RESULTS).flat(),
    ...COUNTED['sign-in'],
    ...COUNTED.mail,
    ...COUNTED.alert,
    ...COUNTED['sign-in-link'],
  ],
  cause: [...CALL_CAUSES, ...COUNTED['pin-reset'], ...COUNTED.lockout, ...COUNTED.unlock, ...COUNTED['media-restart']],
  limit: COUNTED['source-limit'],
  source: COUNTED['spray-alarm'],
  purpose: OBSERVED.hash,
  event: SIP_EDGE_EVENTS,
  answered_by: OBSERVED['digit-to-prompt'],
  server: ['1', '2'],
  state: ['waiting', 'refused'],
  kind: ['administrator', 'user'],
  quantile: ['0.5', '0.99', '1'],
};

describe('the metrics', () => {
  let clock: FakeClock;
  let figures: CallFigures;
  let backlog: () => Promise<{
    waiting: number;
    refused: number;
    oldestQueuedAt: number | undefined;
    nextDueAt: undefined;
  }>;
  let isStoring: boolean;
  let metrics: Metrics;

  beforeEach(() => {
    clock = new FakeClock();
    isStoring = true;
    figures = { ...IDLE, mediaServers: [...IDLE.mediaServers, { up: false, sessions: 7, maxSessions: 0 }] };
    backlog = async () => ({ waiting: 2, refused: 1, oldestQueuedAt: clock.now() - 90_000, nextDueAt: undefined });
    metrics = createMetrics(clock);
    metrics.watch({
      telephony: { figures: () => figures },
      maxCalls: 400,
      hasher: { load: { running: 1, waiting: { check: 3, change: 2 } } },
      outbox: { backlog: () => backlog() },
      writes: { comesThrough: async () => isStoring },
      mail: { cutOffFor: 60_000 },
      alerts: { waiting: 4 },
      sessions: { open: async () => ({ administrator: 5, user: 6 }) },
      sipEdge: {
        counters: () => ({ requests: 7, strayResponses: 2, 'sip:51234@contoso.com': 1 }),
        certificateExpires: () => 1_900_000_000_000,
      },
    });
  });
  afterEach(() => {
    metrics.close();
    expect(clock.pending).toBe(0);
  });

  const read = async (): Promise<readonly Sample[]> => readExposition((await metrics.read()).text);

  it('are in the text format, each with a help, a type and the prefix', async () => {
    const { contentType, text } = await metrics.read();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
    for (const { name } of readExposition(text)) {
      expect(helped).toContain(name.replace(/_(bucket|sum|count)$/, ''));
      expect(name).toMatch(/^(touchtone|process|nodejs)_/);
    }
  });

  it('tell what came to the embedded SIP edge, each time anew', async () => {
    await read();
    const samples = await read();
    const told = (event: string) => sampleValue(samples, 'touchtone_sip_edge_events_total', { event });
    expect([told('requests'), told('stray_responses'), told('flooded')]).toEqual([7, 2, 0]);
    expect(sampleValue(samples, 'touchtone_tls_certificate_expires_seconds')).toBe(1_900_000_000);
  });

  it('have labels from closed lists only, whatever telephony says', async () => {
    const counts = {
      refused: { busy: 1, 'sip:51234@contoso.com': 2 },
      notAnswered: { 'caller-cancelled': 3, tonysmith: 1 },
      answered: { left: 4, '51234': 1 },
      causes: { service: 5, '192.0.2.7': 1 },
    };
    figures = { ...figures, counts };
    const samples = await read();
    for (const { name, labels } of samples) {
      for (const [label, value] of Object.entries(labels)) {
        if (label === 'le' || name === 'touchtone_build_info') continue;
        expect(CLOSED[label], `${label} of ${name}`).toContain(value);
      }
    }
    expect(sampleValue(samples, 'touchtone_calls_total', { result: 'refused', outcome: 'busy' })).toBe(1);
    expect(sampleValue(samples, 'touchtone_calls_total', { result: 'refused', outcome: 'other' })).toBe(2);
    expect(sampleValue(samples, 'touchtone_calls_total', { result: 'answered', outcome: 'left' })).toBe(4);
    expect(sampleValue(samples, 'touchtone_answered_call_ends_total', { cause: 'other' })).toBe(1);
  });

  it('have every series from the start, so that the first event is an increase', async () => {
    const samples = await read();
    const kinds = (Object.keys(COUNTED) as Counted[]).reduce((sum, what) => sum + COUNTED[what].length, 0);
    const zeros = samples.filter(({ name, value }) => value === 0 && /^touchtone_\w+_total$/.test(name));
    const calls = Object.values(CALL_RESULTS).flat().length + CALL_CAUSES.length;
    // Two kinds of what came to the SIP edge are not zero here.
    expect(zeros).toHaveLength(kinds + calls + SIP_EDGE_EVENTS.length - 2);
    expect(sampleValue(samples, 'touchtone_digit_to_prompt_seconds_count', { answered_by: 'service' })).toBe(0);
  });

  it('count and measure what they are told', async () => {
    metrics.meter.count('sign-in', 'failed');
    metrics.meter.count('sign-in', 'failed');
    metrics.meter.observe('digit-to-prompt', 'dialogue', 80);
    const samples = await read();
    expect(sampleValue(samples, 'touchtone_sign_ins_total', { outcome: 'failed' })).toBe(2);
    const bucket = (le: string) =>
      sampleValue(samples, 'touchtone_digit_to_prompt_seconds_bucket', { answered_by: 'dialogue', le });
    expect([bucket('0.075'), bucket('0.1')]).toEqual([0, 1]);
    expect(sampleValue(samples, 'touchtone_digit_to_prompt_seconds_sum', { answered_by: 'dialogue' })).toBeCloseTo(
      0.08,
    );
  });

  it('ask the parts how they are', async () => {
    const samples = await read();
    expect(sampleValue(samples, 'touchtone_live_calls_max')).toBe(400);
    expect(sampleValue(samples, 'touchtone_media_server_up', { server: '2' })).toBe(0);
    expect(sampleValue(samples, 'touchtone_media_server_sessions', { server: '2' })).toBe(7);
    expect(sampleValue(samples, 'touchtone_outbox_mails', { state: 'waiting' })).toBe(2);
    expect(sampleValue(samples, 'touchtone_outbox_oldest_waiting_seconds')).toBe(90);
    expect(sampleValue(samples, 'touchtone_mail_cut_off_seconds')).toBe(60);
    expect(sampleValue(samples, 'touchtone_hashes_waiting', { purpose: 'check' })).toBe(3);
    expect(sampleValue(samples, 'touchtone_alerts_waiting')).toBe(4);
    expect(sampleValue(samples, 'touchtone_web_sessions', { kind: 'administrator' })).toBe(5);
    expect(sampleValue(samples, 'touchtone_web_sessions', { kind: 'user' })).toBe(6);
    expect(sampleValue(samples, 'touchtone_database_up')).toBe(1);
    expect(sampleValue(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(sampleValue(samples, 'process_start_time_seconds')).toBeGreaterThan(1.6e9);
  });

  it('are there without the database, whether it fails, stores nothing or says nothing', async () => {
    backlog = () => Promise.reject(new Error('The disk is full'));
    expect(sampleValue(await read(), 'touchtone_database_up')).toBe(0);
    backlog = async () => ({ waiting: 0, refused: 0, oldestQueuedAt: undefined, nextDueAt: undefined });
    isStoring = false;
    expect(sampleValue(await read(), 'touchtone_database_up')).toBe(0);
    isStoring = true;
    backlog = () => new Promise(() => undefined);
    const reading = metrics.read();
    await clock.advance(2_000);
    expect(sampleValue(readExposition((await reading).text), 'touchtone_database_up')).toBe(0);
  });

  it('see an event loop that is held up', async () => {
    await read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 200;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const samples = await read();
    expect(sampleValue(samples, 'touchtone_event_loop_delay_seconds', { quantile: '1' })).toBeGreaterThan(0.15);
    expect(sampleValue(samples, 'touchtone_event_loop_utilization_ratio')).toBeGreaterThan(0.3);
  });

  it('of one service know nothing of another in the same process', async () => {
    const other = createMetrics(clock);
    metrics.meter.count('lockout', 'on-request');
    const samples = readExposition((await other.read()).text);
    expect(sampleValue(samples, 'touchtone_lockouts_total', { cause: 'on-request' })).toBe(0);
    other.close();
  });
});
