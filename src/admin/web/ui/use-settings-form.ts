import { useState } from 'react';
import { Refused } from '../api/failure.ts';

export interface SettingsForm<T> {
  /** What is stored, with what has been changed here. */
  readonly values: T;
  readonly changes: Partial<T>;
  readonly isChanged: boolean;
  readonly isSaving: boolean;
  readonly error: unknown;
  /** Somebody else has changed the same thing meanwhile; saving again goes on from theirs. */
  readonly isOutdated: boolean;
  set<K extends keyof T>(name: K, value: T[K]): void;
  reset(): void;
  /** Sends the changes, with the revision that they were made to. Resolves whether that was done. */
  save(send: (changes: Partial<T>, revision: string | undefined) => Promise<unknown>): Promise<boolean>;
}

/**
 * A form over something that is stored and that others may change at the same time. What nobody has touched follows what
 * is stored; what somebody has typed stays until it is saved or given up.
 */
export function useSettingsForm<T extends object>(stored: T, revision: string | undefined): SettingsForm<T> {
  const [changes, setChanges] = useState<Partial<T>>({});
  const [since, setSince] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isSaving, setSaving] = useState(false);
  const isChanged = Object.keys(changes).length > 0;
  const isOutdated = error instanceof Refused && error.name === 'precondition-failed';
  return {
    values: { ...stored, ...changes },
    changes,
    isChanged,
    isSaving,
    error,
    isOutdated,
    set: (name, value) => {
      if (!isChanged) setSince(revision);
      setError(undefined);
      setChanges({ ...changes, [name]: value });
    },
    reset: () => {
      setChanges({});
      setError(undefined);
    },
    save: async (send) => {
      setSaving(true);
      setError(undefined);
      try {
        await send(changes, isOutdated ? revision : since);
        setChanges({});
        return true;
      } catch (failure) {
        setError(failure);
        return false;
      } finally {
        setSaving(false);
      }
    },
  };
}
