import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/clock.ts';
import { Pulse, vitalsOfHeartbeat, vitalsOfStatus } from './media-server-pulse.ts';

/** What a FreeSWITCH 1.11.1 answered. */
const STATUS = `UP 0 years, 0 days, 0 hours, 25 minutes, 2 seconds, 641 milliseconds, 66 microseconds
FreeSWITCH (Version 1.11.1-release  64bit) is ready
311 session(s) since startup
12 session(s) - peak 50, last 5min 14 
0 session(s) per Sec out of max 80, peak 50, last 5min 8 
1200 session(s) max
min idle cpu 0.00/97.53
Current Stack Size/Max 240K/8192K
`;

const heartbeat = (headers: Readonly<Record<string, string>>) => ({ getHeader: (name: string) => headers[name] });

describe('what a media server says of itself', () => {
  it('is read from its status and from its heartbeats', () => {
    expect(vitalsOfStatus(STATUS)).toEqual({ sessions: 12, maxSessions: 1200, idleCpu: 97.53 });
    const headers = { 'Session-Count': '7', 'Max-Sessions': '500', 'Idle-CPU': '93.466667' };
    expect(vitalsOfHeartbeat(heartbeat(headers))).toEqual({ sessions: 7, maxSessions: 500, idleCpu: 93.466667 });
  });

  it('counts for nothing when a part of it is missing or no number', () => {
    expect(vitalsOfStatus('-ERR')).toBeUndefined();
    expect(vitalsOfStatus(STATUS.replace('min idle cpu', ''))).toBeUndefined();
    expect(vitalsOfHeartbeat(heartbeat({ 'Session-Count': '7', 'Max-Sessions': '500' }))).toBeUndefined();
    const wrong = { 'Session-Count': 'x', 'Max-Sessions': '500', 'Idle-CPU': '9' };
    expect(vitalsOfHeartbeat(heartbeat(wrong))).toBeUndefined();
  });
});

describe('a pulse', () => {
  it('has stopped after three intervals, which it learns from the heartbeats, and goes on with the next', async () => {
    const clock = new FakeClock();
    let stops = 0;
    const pulse = new Pulse(clock, () => {
      stops += 1;
    });
    await clock.advance(59_999);
    expect(pulse.stopped).toBe(false);
    for (let beats = 0; beats < 8; beats += 1) {
      pulse.beat();
      await clock.advance(5_000);
    }
    expect(pulse.stopped).toBe(false);
    await clock.advance(10_000);
    expect([pulse.stopped, stops]).toEqual([true, 1]);
    await clock.advance(600_000);
    expect(stops).toBe(1);
    pulse.beat();
    expect(pulse.stopped).toBe(false);
    // The silence has not become the interval.
    await clock.advance(15_000);
    expect([pulse.stopped, stops]).toEqual([true, 2]);
    pulse.close();
  });

  it('is not watched any more once it is closed', async () => {
    const clock = new FakeClock();
    const pulse = new Pulse(clock, () => expect.unreachable());
    pulse.close();
    await clock.advance(600_000);
  });
});
