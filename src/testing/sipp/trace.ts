/** A message in SIPp's trace. */
export interface TracedMessage {
  /** Seconds since the trace began. */
  readonly at: number;
  readonly direction: 'sent' | 'received';
  readonly text: string;
}

/** Reads the file that SIPp's `-trace_msg` writes: messages between lines of dashes that carry the time. */
export function readTrace(text: string): TracedMessage[] {
  const parts = text.split(/^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d):(\d\d):(\d\d\.\d+)\s*$/m);
  const messages: (TracedMessage & { readonly at: number })[] = [];
  for (let i = 1; i + 4 < parts.length; i += 5) {
    const at = Number(parts[i + 1]) * 3_600 + Number(parts[i + 2]) * 60 + Number(parts[i + 3]);
    const found = /^\s*\S+ message (sent|received)[^\n]*\n\s*([\s\S]*)$/.exec(parts[i + 4] ?? '');
    if (found === null) continue;
    messages.push({ at, direction: found[1] === 'sent' ? 'sent' : 'received', text: (found[2] ?? '').trim() });
  }
  const start = messages[0]?.at ?? 0;
  // A trace may run over midnight.
  return messages.map((message) => ({ ...message, at: (message.at - start + 86_400) % 86_400 }));
}

/** Tells whether a message is a received response of this status to a request of this method. */
export function isTo(message: TracedMessage, status: number, method: string): boolean {
  return (
    message.direction === 'received' &&
    message.text.startsWith(`SIP/2.0 ${status} `) &&
    new RegExp(`^CSeq:\\s*\\d+ ${method}\\s*$`, 'im').test(message.text)
  );
}

/** The trace for people: one line a message, with the seconds since the first. */
export function ladderOf(trace: readonly TracedMessage[]): string {
  return trace
    .map(({ at, direction, text }) => {
      const method = /^CSeq:\s*\d+ (\S+)\s*$/im.exec(text)?.[1] ?? '';
      const [start = ''] = text.split(/\r?\n/);
      const response = /^SIP\/2\.0 (.*)$/.exec(start)?.[1];
      const what = response === undefined ? start.replace(/ SIP\/2\.0$/, '') : `${response} to ${method}`;
      return `  ${at.toFixed(3).padStart(9)} s  ${direction === 'sent' ? '───▶' : '◀───'} ${what}`;
    })
    .join('\n');
}
