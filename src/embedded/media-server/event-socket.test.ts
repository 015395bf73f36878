import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireCall } from '../../testing/edge/wire-phone.ts';
import { EslWire } from '../../testing/media/esl-wire.ts';
import { MediaRig, password, pattern } from '../../testing/media/media-rig.ts';

let rig: MediaRig;

beforeEach(async () => {
  rig = await MediaRig.start({ maxSessions: 7 }, { 'long.wav': pattern(80_000) });
});

afterEach(() => rig.close());

describe('authentication', () => {
  it('asks for a password, takes the right one and turns a wrong one away with a goodbye', async () => {
    const wire = await EslWire.dial(rig.core.eslPort);
    await wire.next('auth/request');
    expect(await wire.command('api status')).toBe('-ERR command not found');
    expect(await wire.command(`auth ${password}x`)).toBe('-ERR invalid');
    expect((await wire.next('text/disconnect-notice')).body).toMatch(/^Disconnected, goodbye/);
    await wire.closed;
    const other = await rig.client();
    expect(await other.command('exit')).toBe('+OK bye');
    await other.closed;
  });

  it('tells nothing to who has not said the password, and waits 25 seconds for it', async () => {
    const wire = await EslWire.dial(rig.core.eslPort);
    await wire.next('auth/request');
    for (const command of ['event json ALL', 'bgapi status', 'sendmsg\ncall-command: hangup', 'filter a b']) {
      expect(await wire.command(command)).toBe('-ERR command not found');
    }
    await rig.clock.advance(20_000);
    expect(wire.log).not.toContain('HEARTBEAT');
    await rig.clock.advance(5_000);
    await wire.closed;
  });

  it('cuts off a stranger who says too much, or asks on and on and does not read', async () => {
    const wordy = await EslWire.dial(rig.core.eslPort);
    wordy.write(`auth ${'x'.repeat(2_000)}`);
    await wordy.closed;
    const deaf = connect({ host: '127.0.0.1', port: rig.core.eslPort });
    deaf.on('error', () => {});
    deaf.pause();
    const cutOff = new Promise<void>((resolve) => deaf.once('close', () => resolve()));
    const questions = Buffer.from('x\n\n'.repeat(20_000));
    const ask = () => deaf.write(questions, (error) => (error ? deaf.destroy() : ask()));
    ask();
    await cutOff;
    expect(rig.core.stats().eslConnections).toBe(0);
  });

  it('lets several clients in, and none from outside', async () => {
    const clients = [await rig.client(), await rig.client(), await rig.client()];
    const answers = await Promise.all(clients.map((client) => client.api('echo hello')));
    expect(answers).toEqual(['hello', 'hello', 'hello']);
    expect(rig.core.stats().eslConnections).toBe(3);
  });
});

describe('commands', () => {
  it.each([
    ['event json HEARTBEAT BOGUS', '+OK event listener enabled json'],
    ['event plain all', '+OK event listener enabled plain'],
    ['event json', '-ERR no keywords supplied'],
    ['event xml SWITCH_EVENT_PLAYBACK_START CUSTOM a::b', '+OK event listener enabled xml'],
    ['nixevent HEARTBEAT', '+OK events nixed'],
    ['nixevent', '-ERR no keywords supplied'],
    ['noevents', '-ERR not listening for events'],
    ['filter Unique-ID abc', '+OK filter added. [Unique-ID]=[abc]'],
    ['filter delete Unique-ID abc', '+OK filter deleted. [Unique-ID][abc]'],
    ['filter Unique-ID', '-ERR invalid syntax'],
    ['linger', '-ERR not controlling a session'],
    ['nolinger', '-ERR not controlling a session'],
    ['divert_events on', '-ERR not controlling a session.'],
    ['connect', '-ERR command not found'],
    ['getvar x', '-ERR command not found'],
    ['myevents 1-2-3', '-ERR invalid uuid'],
    ['sendmsg 1-2-3\ncall-command: execute', '-ERR invalid session id [1-2-3]'],
    ['sendmsg\ncall-command: execute', '-ERR invalid session id []'],
    ['api', '-ERR command not found'],
    ['bogus', '-ERR command not found'],
    ['log 7', '-ERR permission denied'],
  ])('answers %j with %j', async (command, answer) => {
    expect(await (await rig.client()).command(command)).toBe(answer);
  });

  it.each([
    ['version', /^FreeSWITCH Version 1\.11\.1-touchtone~64bit \(/],
    ['version short', /^1\.11\.1\n$/],
    [
      'status',
      /^UP 0 years, 0 days, .*\nFreeSWITCH \(Version .*\) is ready\n0 session\(s\) since startup\n(.|\n)*\n7 session\(s\) max\n/,
    ],
    ['sofia status', /^ *drachtio_mrf\tprofile\t +sip:mod_sofia@127\.0\.0\.1:\d+\tRUNNING \(0\)$/m],
    ['sofia nonsense', /^-USAGE/],
    ['show channels as json', /^\{"row_count":0\}\n$/],
    ['show calls', /^\n0 total\.\n$/],
    ['uuid_exists 1', /^false$/],
    ['uuid_dump 1', /^-ERR No such channel!\n$/],
    ['uuid_dump', /^-USAGE/],
    ['uuid_break 1', /^-ERR No such channel!\n$/],
    ['uuid_kill 1', /^-ERR No such channel!\n$/],
    ['uuid_getvar 1 x', /^-ERR No such channel!\n$/],
    ['uuid_setvar 1 x y', /^-ERR No such channel!\n$/],
    ['uuid_set_media_stats 1', /^-ERR No such channel 1!\n$/],
    ['global_getvar local_ip_v4', /^\d+\.\d+\.\d+\.\d+$/],
    ['global_getvar nothing', /^-ERR no reply\n$/],
    ['create_uuid', /^[0-9a-f-]{36}$/],
    ['uptime', /^\d+$/],
    ['nosuch thing', /^-ERR nosuch Command not found!\n$/],
  ])('answers api %j', async (command, answer) => {
    expect(await (await rig.client()).api(command)).toMatch(answer);
  });

  it('runs a command in the background and tells of its end', async () => {
    const client = await rig.client();
    await client.command('event json BACKGROUND_JOB');
    client.write('bgapi echo a b\nJob-UUID: job-1\n\n');
    const reply = await client.next('command/reply');
    expect(reply.headers.get('Reply-Text')).toBe('+OK Job-UUID: job-1');
    expect(reply.headers.get('Job-UUID')).toBe('job-1');
    expect((await client.nextEvent('BACKGROUND_JOB')).event).toMatchObject({
      'Job-UUID': 'job-1',
      'Job-Command': 'echo',
      'Job-Command-Arg': 'a b',
      _body: 'a b',
    });
  });

  it('sends a HEARTBEAT every 20 seconds with the number of calls', async () => {
    const client = await rig.client();
    await client.command('event json HEARTBEAT');
    const call = await rig.call();
    await rig.clock.advance(20_000);
    expect((await client.nextEvent('HEARTBEAT')).event).toMatchObject({
      'Event-Info': 'System Ready',
      'Session-Count': '1',
      'Max-Sessions': '7',
      'Session-Since-Startup': '1',
      'Session-Peak-Max': '1',
    });
    await call.wire.bye();
    await rig.clock.advance(20_000);
    expect((await client.nextEvent('HEARTBEAT')).event['Session-Count']).toBe('0');
  });
});

describe('bad clients', () => {
  it('cuts off who sends without end, and serves the others', async () => {
    const client = await rig.client();
    const wire = await EslWire.dial(rig.core.eslPort);
    wire.write('x'.repeat(100_000));
    await wire.closed;
    expect(await client.api('echo still here')).toBe('still here');
  });

  it('survives everything that can be sent, before and after the password', async () => {
    const words = fc.constantFrom(
      'api ',
      'event ',
      'sendmsg ',
      'filter ',
      'json',
      'ALL',
      '\n',
      '\n\n',
      ': ',
      'content-length: 3',
      'uuid_dump ',
      '%',
      '{',
      '\0',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(words, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (garbage, authenticate) => {
        const wire = authenticate
          ? await EslWire.login(rig.core.eslPort, password)
          : await EslWire.dial(rig.core.eslPort);
        wire.write(garbage);
        wire.end();
        await wire.closed;
      }),
      { numRuns: 60 },
    );
    expect(rig.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await (await rig.client()).api('echo alive')).toBe('alive');
  });

  it('cuts off a client that does not read', async () => {
    const call = await rig.call();
    const socket = connect({ host: '127.0.0.1', port: rig.core.eslPort });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`auth ${password}\n\nevent json ALL\n\n`);
    await expect.poll(() => rig.core.stats().eslConnections).toBe(2);
    socket.pause();
    // Each set is told with all variables: large ones fill what the system and the server keep for the client.
    await call.esl.execute('set', `big=${'x'.repeat(60_000)}`);
    for (let round = 0; round < 400 && rig.core.stats().eslConnections > 1; round++)
      await call.esl.execute('set', 'a=b');
    expect(rig.core.stats().eslConnections).toBe(1);
    socket.resume();
    await closed;
    expect(await call.esl.api('uuid_exists x')).toBe('false');
  });
});

describe("a channel's own socket", () => {
  it('has the channel in the answer to connect', async () => {
    const { data, uuid, rtpPort, peer } = await rig.call();
    expect(Object.fromEntries(data)).toMatchObject({
      'Event-Name': 'CHANNEL_DATA',
      'Channel-Unique-ID': uuid,
      'Channel-Destination-Number': 'drachtio',
      'Caller-Unique-ID': uuid,
      'Channel-State': 'CS_EXECUTE',
      'Channel-Call-State': 'ACTIVE',
      'Answer-State': 'answered',
      'Channel-Read-Codec-Name': 'PCMU',
      variable_sip_user_agent: 'drachtio-fsmrf%3Asome-id',
      variable_dtmf_type: 'rfc2833',
      variable_local_media_ip: '127.0.0.1',
      variable_local_media_port: String(rtpPort),
      variable_remote_media_ip: '127.0.0.1',
      variable_remote_media_port: String(peer.port),
      variable_playback_terminators: 'none',
      'Content-Type': 'command/reply',
      'Reply-Text': '%2BOK%0A',
      'Socket-Mode': 'async',
      Control: 'full',
    });
    expect(decodeURIComponent(data.get('variable_rtp_local_sdp_str') ?? '')).toMatch(/^v=0\r\n(.|\r\n)*m=audio/);
    expect(decodeURIComponent(data.get('variable_switch_r_sdp') ?? '')).toBe(peer.offer().replaceAll('\n', '\r\n'));
  });

  it('tells of each application with its event uuid, and keeps variables', async () => {
    const { esl, uuid } = await rig.call();
    const set = await esl.execute('set', 'name=a=b', 'my-uuid');
    expect(set.event).toMatchObject({
      Application: 'set',
      'Application-Data': 'name=a=b',
      'Application-Response': '_none_',
      'Application-UUID': 'my-uuid',
      variable_name: 'a=b',
    });
    expect(await esl.command('getvar name')).toBe('a=b');
    await esl.execute('multiset', '^^^one=1^two=2 2^three=3');
    expect(await esl.api(`uuid_getvar ${uuid} two`)).toBe('2 2');
    await esl.execute('export', `nolocal:four=\${one}4`);
    expect(await esl.command('getvar four')).toBe('14');
    await esl.execute('unset', 'one');
    expect(await esl.api(`uuid_getvar ${uuid} one`)).toBe('_undef_');
    expect(await esl.api(`uuid_setvar ${uuid} five 5 5`)).toBe('+OK\n');
    const dump = await esl.api(`uuid_dump ${uuid}`);
    expect(dump).toContain('variable_five: 5%205\n');
    expect(dump).toContain(`Unique-ID: ${uuid}\n`);
    expect(JSON.parse(await esl.api(`uuid_dump ${uuid} json`))).toMatchObject({ variable_three: '3' });
    for (const application of ['start_dtmf', 'stop_dtmf', 'answer', 'eval']) {
      expect((await esl.execute(application)).event['Application-Response']).toBe('_none_');
    }
  });

  it('carries out commands in order while an application runs', async () => {
    const { esl } = await rig.call();
    const sleep = esl.start('sleep', '1000');
    expect((await esl.execute('set', 'during=sleep')).event.variable_during).toBe('sleep');
    await rig.clock.advance(999);
    expect(esl.log.filter((line) => line === 'CHANNEL_EXECUTE_COMPLETE sleep')).toEqual([]);
    await rig.clock.advance(1);
    await esl.completed(sleep);
  });

  it('ends a sleep that has run out only when what was started in it has ended', async () => {
    const { esl, uuid } = await rig.call();
    const sleep = esl.start('sleep', '100', 'sleep');
    esl.start('playback', 'silence_stream://-1', 'play');
    await esl.nextEvent('PLAYBACK_START');
    await rig.clock.advance(500);
    expect(esl.log).not.toContain('CHANNEL_EXECUTE_COMPLETE sleep');
    await esl.api(`uuid_break ${uuid}`);
    await esl.completed(sleep);
    expect(esl.log.filter((line) => line.startsWith('CHANNEL_EXECUTE_COMPLETE'))).toEqual([
      'CHANNEL_EXECUTE_COMPLETE playback',
      'CHANNEL_EXECUTE_COMPLETE sleep',
    ]);
  });

  it('does not go deeper than applications inside one another make sense', async () => {
    const { esl } = await rig.call();
    for (let depth = 0; depth < 30; depth++) esl.start('sleep', '1000', `depth-${depth}`);
    expect((await esl.completed('depth-29')).event['Application-Response']).toBe('PLAYBACK ERROR');
    await rig.clock.advance(1_000);
    await esl.completed('depth-0');
  });

  it.each(['record', 'record_session', 'conference', 'nonsense'])(
    'ends the call for %s, which is not offered',
    async (application) => {
      const { esl, wire } = await rig.call();
      esl.start(application, '/tmp/x.wav');
      expect((await esl.nextEvent('CHANNEL_HANGUP')).event['Hangup-Cause']).toBe('DESTINATION_OUT_OF_ORDER');
      expect(await wire.phone.next('BYE')).toContain('cause=27;text="DESTINATION_OUT_OF_ORDER"');
      await esl.closed;
    },
  );

  it('stays after the end of the call when it is told to linger', async () => {
    const { esl, uuid, wire } = await rig.call();
    expect(await esl.command('linger 5')).toBe('+OK will linger 5 seconds');
    await wire.bye();
    const notice = await esl.next('text/disconnect-notice');
    expect(notice.headers.get('Content-Disposition')).toBe('linger');
    expect(notice.headers.get('Linger-Time')).toBe('5');
    expect(await esl.api(`uuid_exists ${uuid}`)).toBe('false');
    expect(await esl.command('sendmsg\ncall-command: execute\nexecute-app-name: set')).toBe('+OK');
    await rig.clock.advance(5_000);
    expect((await esl.next('text/disconnect-notice')).headers.get('Content-Disposition')).toBe('disconnect');
    await esl.closed;
  });

  it('hears only its own events with myevents', async () => {
    const one = await rig.call({ events: 'DTMF' });
    const two = await rig.call({ events: 'DTMF' });
    expect(await one.esl.command('filter delete all')).toMatch(/^\+OK/);
    expect(await one.esl.command('myevents json')).toBe('+OK Events Enabled');
    expect(await one.esl.command('myevents')).toMatch(/^-ERR/);
    expect(await two.esl.command('sendmsg\ncall-command: execute\nexecute-app-name: set')).toBe('+OK');
    await one.esl.execute('set', 'c=d');
    expect(one.esl.log.filter((line) => line.startsWith('CHANNEL_EXECUTE '))).toEqual(['CHANNEL_EXECUTE set']);
  });

  it('ends the call when the application does not take it up', async () => {
    const peer = await rig.peer();
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { body: peer.offer(), headers: rig.inviteHeaders() });
    await wire.answered();
    await rig.application.next();
    await expect.poll(() => rig.core.stats().eslConnections).toBe(1);
    await rig.clock.advance(25_000);
    await rig.phone.next('BYE');
  });
});
