import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfRequest, until } from '../../testing/edge/edge-rig.ts';
import { MemoryTransport } from '../../testing/edge/memory-transport.ts';
import { header } from '../../testing/edge/wire-phone.ts';
import { readTortureMessages } from '../../testing/torture/messages.ts';
import { serialise } from '../sip/message.ts';

/** What RFC 4475 has a user agent do that is no registrar: answer with a status, or be silent. */
interface Expected {
  readonly answer: number | 'silence';
  /** A header that the answer must have, with what its value must contain. */
  readonly header?: readonly [name: string, part: string];
  readonly why: string;
}

const taken: Expected = { answer: 200, why: 'it is valid' };
const noRegistrar: Expected = {
  answer: 405,
  header: ['Allow', 'INVITE'],
  why: 'it is valid, and an endpoint takes no registrations (§3.3.7)',
};
const bad = (why: string): Expected => ({ answer: 400, why });
const unknownMethod: Expected = { answer: 501, header: ['Allow', 'INVITE'], why: 'nobody knows the method' };
const discarded = (why: string): Expected => ({ answer: 'silence', why });

const expectations: Readonly<Record<string, Expected>> = {
  wsinv: { answer: 481, why: 'it is valid, and its To tag belongs to no dialog' },
  intmeth: unknownMethod,
  esc01: taken,
  escnull: noRegistrar,
  esc02: unknownMethod,
  lwsdisp: taken,
  longreq: taken,
  dblreq: noRegistrar,
  semiuri: taken,
  transports: taken,
  mpart01: { answer: 405, header: ['Allow', 'INVITE'], why: 'it is valid, and nobody here takes messages' },
  unreason: discarded('a response to nothing'),
  noreason: discarded('a response to nothing'),
  badinv01: bad('separators without anything between'),
  clerr: bad('the body is shorter than Content-Length'),
  ncl: bad('a negative Content-Length'),
  scalar02: bad('numbers that are too large'),
  scalarlg: discarded('a response with numbers that are too large'),
  quotbal: bad('a quote that is not closed'),
  ltgtruri: bad('a Request-URI in angle brackets'),
  lwsruri: bad('a space in the Request-URI'),
  lwsstart: bad('several spaces in the Request-Line'),
  trws: bad('spaces behind the Request-Line'),
  escruri: bad('headers in the Request-URI'),
  baddate: { answer: 200, why: 'a time zone that is not GMT may be ignored by who has no use for the date' },
  regbadct: bad('a Contact with a question mark without angle brackets'),
  badaspec: { answer: 200, why: 'spaces around a URI in angle brackets may be ignored' },
  baddn: bad('a comma in a display name without quotes'),
  badvers: { answer: 505, why: 'another version' },
  mismatch01: bad('methods that differ'),
  mismatch02: { answer: 501, why: 'methods that differ, and nobody knows the first' },
  bigcode: discarded('a status that is none'),
  badbranch: { answer: 200, why: 'a branch that is only the cookie makes a request like those of RFC 2543' },
  insuf: bad('no To, From and Call-ID'),
  unkscm: { answer: 416, why: 'nobody knows the scheme' },
  novelsc: { answer: 416, why: 'a scheme that is not called' },
  unksm2: noRegistrar,
  bext01: {
    answer: 420,
    header: ['Unsupported', 'nothingSupportsThis, nothingSupportsThisEither'],
    why: 'extensions that nobody knows',
  },
  invut: { answer: 415, header: ['Accept', 'application/sdp'], why: 'a body of an unknown kind' },
  regaut01: noRegistrar,
  multi01: bad('several values where there is to be one'),
  mcl01: bad('two different Content-Lengths'),
  bcast: discarded('a response to nothing, that must not go on to a broadcast address'),
  zeromf: { answer: 200, why: 'Max-Forwards of 0 reaches the endpoint itself' },
  cparam01: noRegistrar,
  cparam02: noRegistrar,
  regescrt: noRegistrar,
  sdp01: { answer: 406, why: 'the caller takes no session description' },
  inv2543: bad('neither From tag nor Contact: no dialog of RFC 3261 can come of it'),
};

const messages = readTortureMessages();

describe('the messages of RFC 4475', () => {
  let rig: EdgeRig;
  let wire: MemoryTransport;
  const requests: SrfRequest[] = [];

  beforeAll(async () => {
    rig = await EdgeRig.start(
      () => true,
      (clock) => {
        wire = new MemoryTransport(() => clock.monotonic());
        wire.unreadable = [];
        return { transports: [wire] };
      },
    );
    await rig.app((app) =>
      app.invite(async (request, response) => {
        requests.push(request);
        if (request.get('Content-Type') === 'application/sdp') {
          await app.createUAS(request, response, { localSdp: answerSdp });
        } else response.send(415, { headers: { Accept: 'application/sdp' } });
      }),
    );
  });
  afterAll(async () => {
    await rig.end();
  });

  /** The final answers, as text: some repeat what could not be read, so they are no messages that could be read. */
  const finals = () => {
    const readable = wire.sent.map(({ message }) => serialise(message).toString());
    return [...readable, ...(wire.unreadable ?? [])].filter((text) => /^SIP\/2\.0 [2-6]/.test(text));
  };

  it('are all there', () => {
    expect(messages.map(({ name }) => name)).toEqual(Object.keys(expectations));
  });

  it.each(messages)('§$section $name', async ({ name, bytes }) => {
    const { answer, header: head, why } = expectations[name] ?? discarded('');
    wire.sent.length = 0;
    if (wire.unreadable !== undefined) wire.unreadable.length = 0;
    const before = rig.edge.counters();
    wire.receive(bytes);
    if (answer === 'silence') {
      expect(wire.log, why).toEqual([]);
      const after = rig.edge.counters();
      // It was seen for what it is: a response, or nothing at all.
      const counted = after.strayResponses - before.strayResponses + (after.malformed - before.malformed);
      expect(counted).toBe(1);
      return;
    }
    await until(() => finals().length > 0, `${name} is answered`);
    const [final = '', ...more] = finals();
    expect(final.slice('SIP/2.0 '.length, 'SIP/2.0 200'.length), why).toBe(String(answer));
    expect(more).toEqual([]);
    // It leads back to who sent it, and tells what a refusal must tell.
    expect(final).toMatch(/^Via: SIP\/2\.0\/(?:UDP|TCP|TLS) \S+;/m);
    if (head !== undefined) expect(header(final, head[0])).toContain(head[1]);
  });

  it('leave nothing that the next call would notice', async () => {
    const call = await rig.call();
    call.invite();
    await call.answered();
    await call.bye();
    expect(rig.edge.counters()).toMatchObject({ sendErrors: 0, limited: 0 });
  });
});
