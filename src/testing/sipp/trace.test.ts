import { describe, expect, it } from 'vitest';
import { isTo, ladderOf, readTrace } from './trace.ts';

const LINE = '-----------------------------------------------';
const TRACE = `${LINE} 2026-11-23\t23:59:59.900000
UDP message sent (20 bytes):

INVITE sip:5000@127.0.0.1:5060 SIP/2.0
CSeq: 1 INVITE

${LINE} 2026-11-24\t00:00:00.150000
UDP message received [30] bytes :

SIP/2.0 200 OK
CSeq: 1 INVITE
Content-Length: 0

`;

describe('a trace of SIPp', () => {
  const trace = readTrace(TRACE);

  it('is read message by message, over midnight', () => {
    expect(trace.map(({ at, direction }) => [at.toFixed(2), direction])).toEqual([
      ['0.00', 'sent'],
      ['0.25', 'received'],
    ]);
    expect(trace[1]?.text).toMatch(/^SIP\/2\.0 200 OK\nCSeq: 1 INVITE/);
  });

  it('tells responses by status and method', () => {
    const [, answer] = trace;
    if (answer === undefined) throw new Error('no answer');
    expect(isTo(answer, 200, 'INVITE')).toBe(true);
    expect(isTo(answer, 200, 'CANCEL')).toBe(false);
    expect(isTo(answer, 487, 'INVITE')).toBe(false);
  });

  it('becomes a ladder', () => {
    expect(ladderOf(trace)).toBe(
      '      0.000 s  ───▶ INVITE sip:5000@127.0.0.1:5060\n      0.250 s  ◀─── 200 OK to INVITE',
    );
  });
});
