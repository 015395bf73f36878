import { readFile } from 'node:fs/promises';

/** What a process holds, in MiB. */
export interface Memory {
  readonly resident: number;
  /** What of it is the process's own, and not pages of programs and files, which the system takes away and reads again. */
  readonly own: number;
  /** The most it has ever held. */
  readonly most: number;
}

/** Memory of a process, from /proc/<pid>/status (proc(5)); undefined where the system does not tell. */
export async function readMemory(pid: number | undefined): Promise<Memory | undefined> {
  if (pid === undefined) return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  return status === undefined ? undefined : memoryIn(status);
}

/** Reads VmRSS, RssAnon and VmHWM; undefined when one of them is missing. */
export function memoryIn(status: string): Memory | undefined {
  const mebibytes = (field: string): number | undefined => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  };
  const [resident, own, most] = [mebibytes('VmRSS'), mebibytes('RssAnon'), mebibytes('VmHWM')];
  return resident === undefined || own === undefined || most === undefined ? undefined : { resident, own, most };
}
