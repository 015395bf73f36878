import type { HeardPrompt } from './recogniser.ts';

/** A key that was pressed; `at` is when its first packet (or INFO) went out. All times are `performance.now()` milliseconds. */
export interface PressedKey {
  readonly key: string;
  readonly at: number;
}

/** A packet of audio that arrived. */
export interface ArrivedPacket {
  readonly at: number;
  readonly audible: boolean;
  /** Its RTP timestamp and length, in samples. */
  readonly timestamp: number;
  readonly length: number;
}

/** What a call's timings are worked out from. */
export interface CallRecord {
  readonly invitedAt: number;
  readonly provisionalAt: number | undefined;
  readonly answeredAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly packets: readonly ArrivedPacket[];
  readonly keys: readonly PressedKey[];
  readonly prompts: readonly HeardPrompt[];
}

/** How far apart packets came that belong together, in milliseconds. */
export interface Spacing {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** What took how long, in milliseconds; undefined for what has not happened. */
export interface CallTimings extends CallRecord {
  readonly inviteToProvisionalMs: number | undefined;
  readonly inviteToAnswerMs: number | undefined;
  readonly inviteToFirstPacketMs: number | undefined;
  /** For each prompt that a key cut: from the key's first packet to the last packet of audio. */
  readonly keyToSilenceMs: readonly number[];
  /** For each `#` that a prompt followed: from its first packet to the first packet of that prompt. */
  readonly poundToPromptMs: readonly number[];
  /** Of packets whose timestamps follow each other; undefined for fewer than two. */
  readonly packetSpacing: Spacing | undefined;
}

/** A pause between packets that is longer than this is the end of what was being played. */
const GAP_MS = 80;

/** Works out a call's timings so far. */
export function timingsOf(record: CallRecord): CallTimings {
  const since = (at: number | undefined): number | undefined => (at === undefined ? undefined : at - record.invitedAt);
  return {
    ...record,
    inviteToProvisionalMs: since(record.provisionalAt),
    inviteToAnswerMs: since(record.answeredAt),
    inviteToFirstPacketMs: since(record.packets[0]?.at),
    keyToSilenceMs: record.prompts.flatMap((_, i) => keyToSilence(record, i)),
    poundToPromptMs: record.keys.flatMap((_, i) => poundToPrompt(record, i)),
    packetSpacing: spacing(record.packets),
  };
}

function keyToSilence({ packets, keys, prompts }: CallRecord, index: number): number[] {
  const prompt = prompts[index];
  if (prompt?.state !== 'cut') return [];
  const nextStart = prompts[index + 1]?.startedAt ?? Number.POSITIVE_INFINITY;
  // The key that cut it is the first one pressed while it was being heard.
  const key = keys.find(({ at }) => at >= prompt.startedAt && at < nextStart);
  if (key === undefined || key.at > prompt.endedAt + GAP_MS) return [];
  let lastAt = key.at;
  let lastAudibleAt = key.at;
  for (const packet of packets) {
    if (packet.at < key.at) continue;
    if (packet.at >= nextStart || packet.at - lastAt > GAP_MS) break;
    lastAt = packet.at;
    if (packet.audible) lastAudibleAt = packet.at;
  }
  // Where packets go on with silence in them, the last one that can be heard counts.
  return [(lastAt - lastAudibleAt > GAP_MS ? lastAudibleAt : lastAt) - key.at];
}

function poundToPrompt({ keys, prompts }: CallRecord, index: number): number[] {
  const key = keys[index];
  if (key?.key !== '#') return [];
  const nextKeyAt = keys[index + 1]?.at ?? Number.POSITIVE_INFINITY;
  const prompt = prompts.find(({ startedAt }) => startedAt >= key.at);
  return prompt === undefined || prompt.startedAt > nextKeyAt ? [] : [prompt.startedAt - key.at];
}

function spacing(packets: readonly ArrivedPacket[]): Spacing | undefined {
  const gaps = packets
    .flatMap((packet, i) => {
      const before = packets[i - 1];
      const follows = before !== undefined && packet.timestamp === (before.timestamp + before.length) >>> 0;
      return follows && packet.at - before.at < 1_000 ? [packet.at - before.at] : [];
    })
    .sort((a, b) => a - b);
  if (gaps.length === 0) return undefined;
  const at = (share: number): number => gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))] ?? 0;
  return { count: gaps.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}
