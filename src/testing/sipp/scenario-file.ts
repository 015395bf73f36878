import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the file of a step is. */
export function stepFile(file: string): string {
  return fileURLToPath(new URL(`../../../sipp-scenarios/${file}.xml`, import.meta.url));
}

/** The names of the captures that a file plays, in their order. */
export async function captureFilesOf(file: string): Promise<string[]> {
  const xml = await readFile(stepFile(file), 'utf8');
  return [...xml.matchAll(/play_pcap_audio="([^"]+)"/g)].map((match) => match[1] ?? '');
}

/** What the parts of a file do, in SIPp's numbering from 0, for telling where it failed. */
export async function partsOf(file: string): Promise<string[]> {
  const xml = await readFile(stepFile(file), 'utf8');
  const bare = xml.replace(/<!--[\s\S]*?-->/g, '').replace(/<!\[CDATA\[\s*(\S+)[\s\S]*?\]\]>/g, '$1');
  return [...bare.matchAll(/<(send|recv|pause|nop)\b([^>]*)>\s*([A-Z]*)/g)].map(([, kind, attributes = '', sent]) => {
    const what = /(?:response|request)="(\w+)"/.exec(attributes)?.[1];
    const pause = /milliseconds="(\d+)"/.exec(attributes)?.[1];
    if (kind === 'send') return `sending ${sent === 'SIP' ? 'a response' : sent}`;
    if (kind === 'recv') return `waiting for ${what}`;
    return kind === 'pause' ? `a pause of ${pause} ms` : 'an action';
  });
}
