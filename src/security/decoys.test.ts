import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { createDecoys } from './decoys.ts';
import type { PinKey } from './pin-keys.ts';

const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const KEY = newKey('first');
const PLAN = 'plan' as DialPlanId;
const EXTENSIONS = Array.from({ length: 2_560 }, (_, number) => String(50_000 + number));

describe('the choice of decoys', () => {
  it('is of 256 credentials', () => {
    const { ids } = createDecoys([KEY]);
    expect(ids).toHaveLength(256);
    expect(new Set(ids).size).toBe(256);
    expect([ids.at(0), ids.at(-1)]).toEqual(['decoy-000', 'decoy-255']);
  });

  it('is always the same for an extension, also in another process, and after the key was rotated', () => {
    const chosen = EXTENSIONS.map((extension) => createDecoys([KEY]).for(PLAN, extension));
    expect(EXTENSIONS.map((extension) => createDecoys([newKey('second'), KEY]).for(PLAN, extension))).toEqual(chosen);
  });

  it('spreads extensions evenly', () => {
    const decoys = createDecoys([KEY]);
    const counts = new Map<string, number>(decoys.ids.map((id) => [id, 0]));
    for (const extension of EXTENSIONS) {
      const id = decoys.for(PLAN, extension);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.size).toBe(256);
    // Ten are expected of each. With 255 degrees of freedom, chi-squared is above 400 once in a hundred million runs.
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0);
    expect(chiSquared).toBeLessThan(400);
  });

  it('cannot be foreseen without the key, and differs between dial plans', () => {
    const chosenBy = (key: PinKey, plan: DialPlanId) => EXTENSIONS.map((one) => createDecoys([key]).for(plan, one));
    const same = (one: readonly string[], other: readonly string[]) => one.filter((id, n) => id === other[n]).length;
    const chosen = chosenBy(KEY, PLAN);
    expect(same(chosen, chosenBy(newKey('first'), PLAN))).toBeLessThan(60);
    expect(same(chosen, chosenBy(KEY, 'other' as DialPlanId))).toBeLessThan(60);
  });
});
