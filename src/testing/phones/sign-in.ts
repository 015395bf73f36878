import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '../../domain/is-record.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import { type HeardPrompt, PromptRecogniser } from '../phone/recogniser.ts';
import { readWav } from '../phone/wav.ts';
import type { RunningService } from '../service.ts';
import type { PhoneKind } from './real-phone.ts';

/** What came of a call by a real phone. */
export interface SignIn {
  /** The fields of the log's line about the end of the call. */
  readonly end: Readonly<Record<string, unknown>>;
  /** The ids of the prompts in what the phone wrote down of what it heard, in order. */
  readonly heard: readonly string[];
  readonly described: PhoneFacts;
}

/** What a phone does, as its INVITE and what it sent show. */
export interface PhoneFacts {
  readonly agent: string;
  /** The lines of its offer that say what it can and wants. */
  readonly offer: readonly string[];
  readonly sessionTimer: string;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
}

const STEP_DEADLINE = 20_000;
const LOOK_EVERY = 20;
/** So long a caller listens before keying and before hanging up, in milliseconds. */
const LISTEN = 1_200;
const FRAME = 160;

/** Waits until the service plays a prompt, after so many lines of its log that say what it plays. */
async function plays(service: RunningService, id: string, before: number): Promise<void> {
  const deadline = performance.now() + STEP_DEADLINE;
  for (;;) {
    const played = service.logged('Playing').slice(before);
    if (played.some(({ prompts }) => Array.isArray(prompts) && prompts.includes(id))) return;
    if (performance.now() > deadline) throw new Error(`The service never played ${id}:\n${service.log.join('')}`);
    await sleep(LOOK_EVERY);
  }
}

/** Finds the prompts in a recording. */
function promptsIn(wav: Buffer, pack: PromptPack): readonly HeardPrompt[] {
  const { rate, channels } = readWav(wav);
  const [samples] = channels;
  if (rate !== 8_000 || samples === undefined) throw new Error(`The recording has ${rate} samples a second`);
  const recogniser = new PromptRecogniser(pack, () => undefined);
  for (let at = 0; at < samples.length; at += FRAME) {
    const packet = { sequence: (at / FRAME) & 0xffff, timestamp: at, ssrc: 1 };
    recogniser.packet(packet, samples.subarray(at, at + FRAME), at / 8);
  }
  recogniser.idle(Number.POSITIVE_INFINITY);
  return recogniser.prompts;
}

/** A header's value, and the offer, of the first INVITE in what a phone wrote. */
function inviteIn(messages: string): { readonly header: (name: string) => string; readonly offer: readonly string[] } {
  const lines = messages.split(/\r?\n/);
  const invite = lines.slice(lines.findIndex((line) => line.startsWith('INVITE sip:')));
  const start = invite.indexOf('v=0');
  const length = invite.slice(start).findIndex((line) => !/^[a-z]=/.test(line));
  const value = (name: string) => invite.slice(0, start).find((line) => line.toLowerCase().startsWith(`${name}:`));
  return {
    header: (name) =>
      value(name)
        ?.slice(name.length + 1)
        .trim() ?? 'none',
    offer: invite.slice(start, start + length).filter((line) => /^(?:c=|m=|a=(?!label|tool|ssrc|fmtp))/.test(line)),
  };
}

/**
 * Calls the service with a phone, signs in by its keys, listens and hangs up. The log of the service is what tells how
 * far the call has come. Rejects when it does not come that far.
 */
export async function signInBy(
  kind: PhoneKind,
  service: RunningService,
  pack: PromptPack,
  uri = service.uri(),
): Promise<SignIn> {
  const played = service.logged('Playing').length;
  const ended = service.logged('Call ended').length;
  const before = await countsOf(service);
  const phone = await kind.start();
  try {
    const { extension, pin } = service.mailbox;
    await phone.call(uri);
    await plays(service, 'enter-extension', played);
    await sleep(LISTEN);
    await phone.press(`${extension}#`);
    await plays(service, 'enter-pin', played);
    await phone.press(`${pin}#`);
    await plays(service, 'signed-in', played);
    await sleep(LISTEN);
    await phone.hangUp();
    await service.released();
    const end = service.logged('Call ended').at(ended);
    if (end === undefined) throw new Error('The log has nothing of the end of the call');
    const { header, offer } = inviteIn(await phone.messages());
    const after = await countsOf(service);
    return {
      end,
      heard: promptsIn(await phone.heard(), pack).map(({ id }) => id),
      described: {
        agent: header('user-agent'),
        offer,
        sessionTimer: header('session-expires'),
        rtpPackets: after.rtp - before.rtp,
        rtcpPackets: after.rtcp - before.rtcp,
      },
    };
  } catch (error) {
    throw new Error(`The call did not come that far; the phone wrote:\n${await phone.messages()}`, { cause: error });
  } finally {
    await phone.close();
  }
}

/** How many packets the service has taken from phones. */
async function countsOf({ app }: RunningService): Promise<{ readonly rtp: number; readonly rtcp: number }> {
  const { media } = await app.embeddedLoad();
  const rtp = isRecord(media?.rtp) ? media.rtp : {};
  const rtcp = isRecord(rtp.rtcp) ? rtp.rtcp : {};
  return { rtp: Number(rtp.received), rtcp: Number(rtcp.received) };
}
