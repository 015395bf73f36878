import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/clock.ts';
import { EventStream } from './event-stream.ts';

const sent = (stream: EventStream): string => String(stream.body.read() ?? '');

describe('a stream of events', () => {
  it('leaves out what a client does not take, and says so once when it takes something again', async () => {
    const stream = new EventStream(new FakeClock(), () => undefined);
    const large = 'x'.repeat(40_000);
    for (let count = 0; count < 100; count++) stream.send('mailbox', { id: large }, count);
    expect(stream.body.readableLength).toBeLessThan(150_000);
    let text = '';
    const take = (): string => {
      text += sent(stream);
      return text;
    };
    await expect.poll(take).toMatch(/event: resync\ndata: \{\}\n\n$/);
    expect(text.match(/event: \w+\nid: \d+/g)).toEqual(['event: mailbox\nid: 0', 'event: mailbox\nid: 1']);
    stream.send('mailbox', { id: 'one' }, 101);
    await expect.poll(take).toMatch(/event: mailbox\nid: 101\ndata: \{"id":"one"\}\n\n$/);
    expect(text.match(/resync/g)).toHaveLength(1);
  });

  it('sends a comment every 20 seconds until it ends, and tells once that it has', async () => {
    const clock = new FakeClock();
    let ends = 0;
    const stream = new EventStream(clock, () => ends++);
    await clock.advance(40_000);
    expect(sent(stream)).toBe(': still here\n\n: still here\n\n');
    stream.end();
    stream.body.resume();
    await expect.poll(() => ends).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('sends nothing after its end, and says why it ends even to a client that has missed something', async () => {
    const failures: unknown[] = [];
    const stream = new EventStream(new FakeClock(), () => undefined);
    stream.body.on('error', (error) => failures.push(error));
    for (let count = 0; count < 4; count++) stream.send('mailbox', { id: 'x'.repeat(40_000) }, count);
    stream.end('session-ended');
    stream.send('mailbox', { id: 'late' }, 101);
    stream.end('session-ended');
    let text = '';
    for await (const chunk of stream.body) text += String(chunk);
    expect(text.match(/event: .*/g)).toEqual(['event: mailbox', 'event: mailbox', 'event: session-ended']);
    expect(failures).toEqual([]);
  });
});
