import { performance } from 'node:perf_hooks';
import { AudioRecorder } from './audio-recorder.ts';
import { captions, type LadderStep, ladder } from './call-log.ts';
import type { CallEnding, CallListener, CallOptions, PressOptions } from './call-options.ts';
import { Dialog } from './dialog.ts';
import { Ear, HEARING_DEADLINE_MS } from './ear.ts';
import { decode } from './g711.ts';
import { keyTones } from './key-tones.ts';
import { Leg } from './leg.ts';
import { type KeyTiming, Media } from './media.ts';
import type { PromptPack } from './prompt-pack.ts';
import type { HeardPrompt } from './recogniser.ts';
import type { RtpPacket } from './rtp.ts';
import { answerDirection, type Direction, readSdp, writeSdp } from './sdp.ts';
import type { HeaderField, SipResponse } from './sip-message.ts';
import { Srtp } from './srtp.ts';
import { isEventKey } from './telephone-event.ts';
import { type CallTimings, type PressedKey, timingsOf } from './timings.ts';
import type { Address, UserAgent } from './user-agent.ts';
import { WaitFailed, Waits } from './waits.ts';

const KEY_TIMING: KeyTiming = { toneMs: 80, gapMs: 60, updateMs: 20, endsTogether: false };
const SAMPLES_PER_MS = 8;
/** How long waits for signalling last, in milliseconds. */
const SIGNALLING_DEADLINE_MS = 10_000;

/** What a call needs of its phone. */
export interface CallContext {
  readonly agent: UserAgent;
  readonly host: string;
  readonly number: string;
  readonly displayName: string | undefined;
  readonly pack: PromptPack | undefined;
}

/** One call of the phone, from its INVITE to its end. */
export class Call {
  /** Resolves with how the call ended; never rejects. */
  readonly ended: Promise<CallEnding>;
  /** Resolves when the call has ended and its RTP sockets are gone. */
  readonly closed: Promise<void>;
  readonly #context: CallContext;
  readonly #options: CallOptions;
  readonly #listener: CallListener;
  readonly #dialog: Dialog;
  readonly #leg: Leg;
  readonly #ear: Ear;
  readonly #waits = new Waits(() => this.describe());
  readonly #keys: PressedKey[] = [];
  readonly #recorder: AudioRecorder | undefined;
  readonly #srtp: Srtp | undefined;
  readonly #sessionId = Date.now();
  readonly #settleEnded: (ending: CallEnding) => void;
  #media: Media;
  /** Sockets that were left by a move. */
  readonly #mediaClosing: Promise<void>[] = [];
  #direction: Direction = 'sendrecv';
  #sdpVersion = 0;
  #description = '';
  #pressing: Promise<void> = Promise.resolve();

  private constructor(
    context: CallContext,
    target: string,
    options: CallOptions,
    listener: CallListener,
    media: Media,
    srtp: Srtp | undefined,
  ) {
    this.#context = context;
    this.#options = options;
    this.#listener = listener;
    this.#media = media;
    this.#srtp = srtp;
    const { promise, resolve } = Promise.withResolvers<CallEnding>();
    this.ended = promise;
    this.closed = promise.then(async () => {
      await Promise.all([this.#media.close(), ...this.#mediaClosing]);
    });
    this.#settleEnded = resolve;
    this.#dialog = new Dialog({
      target,
      number: options.number ?? context.number,
      displayName: options.displayName ?? context.displayName,
      local: context.agent.local,
      transport: context.agent.transport,
    });
    const ports = {
      takeAnswer: (sdp: string) => this.#applyRemote(sdp, this.#media, this.#direction),
      answerLate: (sdp: string) => this.#answerOffer(sdp),
      description: () => this.#description,
      answerOffer: (sdp: string) => this.#answerOffer(sdp),
      progress: (status: number, reason: string) => listener.progress?.(status, reason),
      ended: (ending: CallEnding) => this.#onEnded(ending),
      describe: () => this.describe(),
    };
    this.#leg = new Leg(context.agent, this.#dialog, options, ports, this.#waits);
    this.#recorder = options.record === true ? new AudioRecorder(this.#leg.invitedAt) : undefined;
    this.#ear = new Ear(context.pack, this.#waits, (prompt, change) => this.#listener.prompt?.(prompt, change));
  }

  /** Opens the media and sends the INVITE. Rejects when the RTP port is taken. Phones use this; tests use the phone. */
  static async start(
    context: CallContext,
    target: string,
    options: CallOptions,
    listener: CallListener,
  ): Promise<Call> {
    const srtp = options.srtp && new Srtp(options.srtp);
    const media = await openMedia(context, options, srtp);
    const call = new Call(context, target, options, listener, media, srtp);
    call.#listenTo(media);
    call.#leg.invite(options.offers === 'no-offer' ? undefined : call.#describeMedia(media, 'sendrecv'));
    return call;
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  /** Everything recognised so far, in order. */
  get prompts(): readonly HeardPrompt[] {
    return this.#ear.prompts;
  }

  /** How much was heard that is in no prompt of the pack, in milliseconds. */
  get unrecognisedMs(): number {
    return this.#ear.unrecognisedMs;
  }

  /** Whether the audio of both ways is protected. */
  get secured(): boolean {
    return this.#srtp?.agreed === true;
  }

  /** The messages of the call so far. */
  get messages(): readonly LadderStep[] {
    return this.#leg.steps;
  }

  /** What took how long so far. */
  get timings(): CallTimings {
    const { invitedAt, provisionalAt, answeredAt, endedAt } = this.#leg;
    const { packets } = this.#ear;
    return timingsOf({
      invitedAt,
      provisionalAt,
      answeredAt,
      endedAt,
      packets,
      keys: this.#keys,
      prompts: this.prompts,
    });
  }

  /** What happened so far, for people: the ladder, what was heard, what was pressed. */
  describe(): string {
    const { steps, invitedAt, ending } = this.#leg;
    const keys = this.#keys.map(({ key }) => key).join('') || 'none';
    const lines = [
      `Messages of the call:\n${ladder(steps)}`,
      `Heard, in ${this.#ear.packets.length} packets:\n${captions(this.prompts, invitedAt)}`,
      `Sound in no prompt: ${Math.round(this.unrecognisedMs)} ms. Keys pressed: ${keys}.`,
    ];
    if (ending !== undefined) lines.push(`It ended: ${JSON.stringify(ending)}`);
    return lines.join('\n');
  }

  /** The audio of both ways so far as a WAV file (stereo: own left, heard right). Throws unless `record` was set. */
  wav(): Buffer {
    if (this.#recorder === undefined) throw new Error('The call was not started with `record`');
    return this.#recorder.wav();
  }

  /** Resolves when the INVITE got its 2xx; rejects when the call ends before, or after `within` ms. */
  async answered(within = SIGNALLING_DEADLINE_MS): Promise<void> {
    await this.#waits.until('the answer', within, () => (this.#leg.answeredAt === undefined ? undefined : true));
  }

  /** Resolves with the call's ending; rejects, telling what was heard, when it has not ended after `within` ms. */
  async hasEnded(within = SIGNALLING_DEADLINE_MS): Promise<CallEnding> {
    return await this.#waits.until('the end of the call', within, () => this.#leg.ending);
  }

  /** Resolves when this prompt has begun, after what the last such wait found; others in between are passed by. */
  async heard(id: string, options: { readonly within?: number } = {}): Promise<HeardPrompt> {
    return await this.#ear.heard(id, options.within ?? HEARING_DEADLINE_MS, false);
  }

  /** As {@link heard}, but waits until the prompt was heard to its end. The default deadline is 20 s. */
  async heardWhole(id: string, options: { readonly within?: number } = {}): Promise<HeardPrompt> {
    return await this.#ear.heard(id, options.within ?? 2 * HEARING_DEADLINE_MS, true);
  }

  /** Resolves when anything audible has been received; rejects when the call ends before. */
  async anySound(options: { readonly within?: number } = {}): Promise<void> {
    const within = options.within ?? HEARING_DEADLINE_MS;
    await this.#waits.until('any sound', within, () => this.#ear.packets.find(({ audible }) => audible));
  }

  /** Resolves when nothing audible has arrived for `forMs`, with how long that was. */
  async quiet(forMs: number, options: { readonly within?: number } = {}): Promise<number> {
    return await this.#ear.quiet(forMs, options.within ?? forMs + HEARING_DEADLINE_MS);
  }

  /**
   * Presses keys one after the other (`0`–`9`, `*`, `#`, `A`–`D`) and resolves after the last one's gap; presses queue.
   * When the call ends it stops and resolves. Rejects for what is no key, or when the far side takes no telephone-event.
   */
  press(keys: string, options: PressOptions = {}): Promise<void> {
    const pressed = this.#pressing.then(async () => {
      for (const key of keys) {
        if (!isEventKey(key)) throw new RangeError(`"${key}" is not a key of the keypad`);
        if (this.#leg.state !== 'answered') return;
        await this.#pressOne(key, options);
      }
    });
    this.#pressing = pressed.catch(() => undefined);
    return pressed;
  }

  /** Speaks 16-bit samples at 8 kHz; resolves when they were sent or the call ended. */
  async say(samples: Int16Array): Promise<void> {
    await this.#media.say(samples);
  }

  /** Sends bytes from the RTP socket as they are. */
  sendRawRtp(bytes: Uint8Array): void {
    this.#media.sendRaw(bytes);
  }

  /** Puts the far side on hold by re-INVITE (RFC 3264 §8.4); `zero-address` is the older way with c=0.0.0.0. */
  async hold(how: 'sendonly' | 'inactive' | 'zero-address' = 'sendonly'): Promise<void> {
    const direction = how === 'inactive' ? 'inactive' : 'sendonly';
    await this.#reinvite(this.#media, direction, how === 'zero-address' ? '0.0.0.0' : undefined);
  }

  /** Takes the far side off hold by re-INVITE. */
  async resume(): Promise<void> {
    await this.#reinvite(this.#media, 'sendrecv');
  }

  /** Moves the phone's RTP to another port, and address if given, by re-INVITE; the old socket is closed after it. */
  async moveMedia(rtp: Partial<Address> = {}): Promise<void> {
    const media = await openMedia(this.#context, { ...this.#options, rtp }, this.#srtp);
    this.#listenTo(media);
    try {
      await this.#reinvite(media, this.#direction);
    } finally {
      if (this.#media !== media) this.#mediaClosing.push(media.close());
    }
  }

  /** Sends a request in the dialog and resolves with its final response; rejects when none comes. */
  async request(method: string, headers: readonly HeaderField[] = [], body = ''): Promise<SipResponse> {
    return await this.#leg.request(method, headers, body);
  }

  /** Cancels the call before its answer, once a provisional response has come (RFC 3261 §9.1); resolves when it is over. */
  async cancel(within = SIGNALLING_DEADLINE_MS): Promise<CallEnding> {
    await this.#leg.cancel(within);
    return await this.hasEnded(within);
  }

  /** Hangs up by BYE, or by CANCEL before the answer; resolves when the call is over. After the end it does nothing. */
  async hangUp(): Promise<CallEnding> {
    if (this.#leg.state === 'calling') return await this.cancel();
    await this.#leg.bye({ kind: 'hung-up' });
    return await this.ended;
  }

  /** Ends at once, without waiting for anybody; the phone does this when it is closed. */
  abandon(): void {
    this.#leg.end({ kind: 'phone-closed' });
  }

  async #reinvite(media: Media, direction: Direction, address?: string): Promise<void> {
    const answer = await this.#leg.reinvite(this.#describeMedia(media, direction, address));
    const previous = this.#media;
    this.#direction = direction;
    this.#media = media;
    this.#applyRemote(answer, media, direction);
    if (previous !== media) this.#mediaClosing.push(previous.close());
  }

  #onEnded(ending: CallEnding): void {
    this.#ear.close();
    this.#settleEnded(ending);
    this.#waits.over('the call is over');
  }

  #describeMedia(media: Media, direction: Direction, address?: string): string {
    const { codecs = ['PCMU', 'PCMA'], eventPayloadType = 101, ptime = 20 } = this.#options;
    const { host, port } = media.local;
    this.#sdpVersion++;
    this.#description = writeSdp(
      {
        host: address ?? host,
        port,
        codecs,
        eventPayloadType: eventPayloadType === 'none' ? undefined : eventPayloadType,
        ptime,
        direction,
        security: this.#srtp,
      },
      this.#sessionId,
      this.#sdpVersion,
    );
    return this.#description;
  }

  /** Answers an offer (RFC 3264 §6): the phone follows a hold and comes back from it. */
  #answerOffer(sdp: string): string {
    const offered = readSdp(sdp)?.direction ?? 'sendrecv';
    this.#direction = answerDirection(offered, 'sendrecv');
    this.#applyRemote(sdp, this.#media, this.#direction);
    return this.#describeMedia(this.#media, this.#direction);
  }

  /** Takes what the far side says of its audio; without a coding in common nothing is sent. */
  #applyRemote(sdp: string, media: Media, direction: Direction): void {
    const remote = readSdp(sdp);
    const chosen = remote?.codecs[0];
    if (remote === undefined || chosen === undefined) return;
    this.#srtp?.take(sdp);
    media.configure({
      remote: { host: remote.host, port: remote.port },
      codec: chosen.codec,
      payloadType: chosen.payloadType,
      eventPayloadType: this.#options.eventPayloadType === 'none' ? undefined : remote.eventPayloadType,
      direction,
    });
  }

  #listenTo(media: Media): void {
    media.listen({
      received: (packet, samples, at) => {
        this.#recorder?.received(packet, samples, at);
        this.#ear.packet(packet, samples, at);
      },
      sent: (packet, at) => this.#sent(packet, at),
      tick: (at) => this.#ear.tick(at),
    });
  }

  #sent(packet: RtpPacket, at: number): void {
    const settings = this.#media.settings;
    if (settings === undefined || packet.payloadType !== settings.payloadType) return;
    this.#recorder?.sent(packet, decode(settings.codec, packet.payload), at);
  }

  async #pressOne(key: string, options: PressOptions): Promise<void> {
    const timing: KeyTiming = { ...KEY_TIMING, ...this.#options.keys, ...options };
    switch (options.by) {
      case 'info':
        await this.#pressByInfo(key, timing);
        return;
      case 'in-band':
        this.#keys.push({ key, at: performance.now() });
        await this.#sound(key, timing);
        return;
      case 'telephone-event-and-in-band':
        await this.#media.pressKey(key, timing, (at) => this.#keys.push({ key, at }));
        await this.#sound(key, timing);
        return;
      default:
        await this.#media.pressKey(key, timing, (at) => this.#keys.push({ key, at }));
    }
  }

  /** The tones of a key and the pause after it, in the audio. */
  async #sound(key: string, { toneMs, gapMs }: KeyTiming): Promise<void> {
    const tones = keyTones(key, toneMs);
    const samples = new Int16Array(tones.length + Math.round(gapMs * SAMPLES_PER_MS));
    samples.set(tones);
    await this.#media.say(samples);
  }

  async #pressByInfo(key: string, timing: KeyTiming): Promise<void> {
    this.#keys.push({ key, at: performance.now() });
    const relay = { name: 'Content-Type', value: 'application/dtmf-relay' };
    const response = await this.request('INFO', [relay], `Signal=${key}\r\nDuration=${timing.toneMs}\r\n`);
    if (response.status >= 300) throw new WaitFailed(`The INFO was refused: ${response.status} ${response.reason}`);
  }
}

async function openMedia(context: CallContext, options: CallOptions, srtp: Srtp | undefined): Promise<Media> {
  return await Media.open({
    host: options.rtp?.host ?? context.host,
    port: options.rtp?.port ?? 0,
    ptime: options.ptime ?? 20,
    comfort: options.comfort ?? true,
    disturb: options.disturb,
    jitterMs: options.jitterMs ?? 0,
    srtp,
    tap: options.tap,
  });
}
