import { PIN_HASH_COST } from '../../security/pin-hasher.ts';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { measurePinWaits } from './pin-waits.ts';

const CALLS = 20;
const AT_ONCE = 4;

async function run(bench: Bench): Promise<Findings> {
  const waits = await measurePinWaits(bench, Math.ceil(CALLS * bench.scale), AT_ONCE);
  const { memory, passes } = PIN_HASH_COST;
  return {
    measurements: [
      { label: '# → prompt, PIN too short (no hash)', values: waits.of('short') },
      { label: '# → prompt, wrong PIN', values: waits.of('wrong') },
      { label: '# → prompt, right PIN', values: waits.of('right') },
      { label: '  the hash’s share', values: waits.checked.map(({ check }) => check) },
      {
        label: '# → prompt beyond the hash',
        values: waits.checked.map(({ wait, check }) => wait - check),
        aim: 60,
      },
    ],
    notes: [
      'From the first packet of the # behind a PIN to the first packet of what is said of it, one call at a time.',
      `The hash’s share is what the service logs of the check of that very PIN (Argon2id, ${memory / 1024} MiB, ${passes} passes).`,
    ],
  };
}

export const pins: Benchmark = {
  name: 'pins',
  about: 'how soon a caller is told that a PIN was right or wrong',
  run,
};
