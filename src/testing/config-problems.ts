import { ConfigError, readConfig } from '../config.ts';

/** The sentences that a configuration is refused with; none when it can be used. */
export function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
