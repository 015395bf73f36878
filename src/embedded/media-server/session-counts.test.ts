import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { SessionCounts } from './session-counts.ts';
import { sofiaStatusText, statusText, uptimeText } from './status-text.ts';

describe('counting calls', () => {
  it('knows how many there are, were, and were at most, lately too', async () => {
    const clock = new FakeClock();
    const counts = new SessionCounts(clock);
    for (let call = 0; call < 5; call++) counts.began();
    await clock.advance(1_000);
    expect([counts.lastSecond, counts.mostInSecond]).toEqual([5, 5]);
    for (let call = 0; call < 4; call++) counts.ended();
    counts.began();
    expect(counts).toMatchObject({ current: 2, total: 6, peak: 5, recentPeak: 5 });
    await clock.advance(299_000);
    expect(counts).toMatchObject({ peak: 5, recentPeak: 2, lastSecond: 0 });
    counts.ended();
    counts.ended();
    await clock.advance(2_000);
    expect(counts).toMatchObject({ current: 0, recentPeak: 0 });
  });
});

describe('what status tells', () => {
  it('is worded as FreeSWITCH words it', () => {
    expect(uptimeText(179_557.823)).toBe(
      '0 years, 0 days, 0 hours, 2 minutes, 59 seconds, 557 milliseconds, 823 microseconds',
    );
    expect(uptimeText(86_400_000 * 366 + 3_661_001.001)).toBe(
      '1 year, 1 day, 1 hour, 1 minute, 1 second, 1 millisecond, 1 microsecond',
    );
    const counts = new SessionCounts(new FakeClock());
    expect(statusText(1_000, counts, 1_200, 48.1).split('\n').slice(1)).toEqual([
      'FreeSWITCH (Version 1.11.1-touchtone 64bit) is ready',
      '0 session(s) since startup',
      '0 session(s) - peak 0, last 5min 0 ',
      '0 session(s) per Sec out of max 1000, peak 0, last 5min 0 ',
      '1200 session(s) max',
      'min idle cpu 0.00/48.10',
      '',
    ]);
  });

  it('has the profile in the table that drachtio-fsmrf reads', () => {
    const line = '='.repeat(97);
    expect(sofiaStatusText('drachtio_mrf', '127.0.0.1:15080', 0)).toBe(
      `                     Name\t   Type\t                                      Data\tState\n${line}\n` +
        `             drachtio_mrf\tprofile\t             sip:mod_sofia@127.0.0.1:15080\tRUNNING (0)\n${line}\n1 profile 0 aliases\n`,
    );
  });
});
