import { describe, expect, it } from 'vitest';
import { encodeValue, FsEvent } from './event.ts';
import { EventFilter } from './event-filter.ts';
import { eventNamed } from './event-names.ts';

describe('an event', () => {
  const event = new FsEvent('CHANNEL_EXECUTE')
    .add('Application', 'playback')
    .add('Application-Data', undefined)
    .add('variable_list', 'ARRAY::one|:two')
    .add('variable_sdp', 'v=0\r\na=b c%20d')
    .add('Empty', '')
    .add('Application', 'set');

  it('is written in plain as FreeSWITCH does', () => {
    expect(event.write('plain')).toBe(
      'Event-Name: CHANNEL_EXECUTE\nvariable_list: ARRAY%3A%3Aone%7C%3Atwo\nvariable_sdp: v%3D0%0D%0Aa%3Db%20c%20d\n' +
        'Empty: _undef_\nApplication: set\n\n',
    );
  });

  it('is written in JSON, lists as arrays, the last of a name counting', () => {
    expect(event.write('json')).toBe(
      '{"Event-Name":"CHANNEL_EXECUTE","variable_list":["one","two"],"variable_sdp":"v=0\\r\\na=b c%20d","Empty":"","Application":"set"}',
    );
    expect(event.get('APPLICATION')).toBe('set');
  });

  it('is written with its body', () => {
    const job = new FsEvent('BACKGROUND_JOB');
    job.body = '+OK ä\n';
    expect(job.write('plain')).toBe('Event-Name: BACKGROUND_JOB\nContent-Length: 7\n\n+OK ä\n');
    expect(JSON.parse(job.write('json'))).toEqual({
      'Event-Name': 'BACKGROUND_JOB',
      'Content-Length': '7',
      _body: '+OK ä\n',
    });
    expect(job.write('xml')).toContain('<Content-Length>7</Content-Length>\n  <body>+OK ä\n</body>');
  });

  it('escapes the characters that FreeSWITCH escapes, byte by byte', () => {
    const safe = "!$'()*,-./09AZ_az~";
    expect(encodeValue(safe)).toBe(safe);
    expect(encodeValue(' #%&+:;<=>?@[\\]^`{|}"\r\n\t\x7f')).toBe(
      '%20%23%25%26%2B%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D%22%0D%0A%09%7F',
    );
    expect(encodeValue('ä€😀%2f%2F')).toBe('%C3%A4%E2%82%AC%F0%9F%98%80%252f%2F');
    expect(decodeURIComponent(encodeValue('sip:ä@[::1];x="100%"'))).toBe('sip:ä@[::1];x="100%"');
  });
});

describe('names of events', () => {
  it('are found with and without the long prefix, in any case', () => {
    expect(['dtmf', 'SWITCH_EVENT_PLAYBACK_START', 'ALL', 'Custom', 'BOGUS', ''].map(eventNamed)).toEqual([
      'DTMF',
      'PLAYBACK_START',
      'ALL',
      'CUSTOM',
      undefined,
      undefined,
    ]);
  });
});

describe('filters', () => {
  const event = new FsEvent('DTMF').add('Unique-ID', 'abc').add('Call-Direction', 'inbound');
  const passes = (...conditions: [string, string][]) => {
    const filter = new EventFilter();
    for (const [header, value] of conditions) filter.add(header, value);
    return filter.passes(event);
  };

  it('pass what has one of the values, and nothing that is excluded', () => {
    expect(passes()).toBe(true);
    expect(passes(['unique-id', 'ABC'])).toBe(true);
    expect(passes(['Unique-ID', 'other'])).toBe(false);
    expect(passes(['Unique-ID', 'other'], ['Call-Direction', '+inbound'])).toBe(true);
    expect(passes(['Unique-ID', 'abc'], ['Call-Direction', '-inbound'])).toBe(false);
    expect(passes(['Missing', 'abc'])).toBe(false);
  });

  it('can be taken back, and are bounded', () => {
    const filter = new EventFilter();
    filter.add('Unique-ID', 'one');
    filter.add('Unique-ID', 'two');
    filter.remove('unique-id', 'one');
    expect(filter.passes(event)).toBe(false);
    filter.remove('Unique-ID', undefined);
    expect(filter.passes(event)).toBe(true);
    const added = Array.from({ length: 300 }, (_, at) => filter.add('x', String(at)));
    expect(added.filter(Boolean)).toHaveLength(256);
    filter.clear();
    expect(filter.passes(event)).toBe(true);
  });
});
