import { useEffect, useRef } from 'react';
import { isCovered } from '../ui/is-covered.ts';
import { isTyping } from '../ui/is-typing.ts';

/** What single keys do, as listed under `?`. A sequence is two keys one after the other. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const SEQUENCE_PAUSE = 1_200;

/** Listens for shortcuts while nobody types, as long as `isOn`. Speech input and slips of the hand are why they can be off. */
export function useShortcuts(shortcuts: Shortcuts, isOn: boolean): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    if (!isOn) return;
    let before = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target) || isCovered()) return;
      const sequence = event.timeStamp - before.at < SEQUENCE_PAUSE ? `${before.key} ${event.key}` : '';
      const run = current.current[sequence] ?? current.current[event.key];
      before = { key: event.key, at: event.timeStamp };
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isOn]);
}
