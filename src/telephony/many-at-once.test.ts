import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEngines } from '../testing/embedded-engines.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import { type Engines, prompt, startTelephonyRig, type TelephonyRig, until } from '../testing/telephony-rig.ts';

let engines: Engines;
let rig: TelephonyRig;
let phone: Phone;
beforeEach(async () => {
  engines = await startEngines();
  rig = await startTelephonyRig(engines, { maxCalls: 60 });
  phone = await Phone.create({ prompts: await loadServicePrompts() });
  rig.conversation.script = async (line) => {
    for (;;) await line.play([prompt('main-menu')]).end;
  };
});
afterEach(async () => {
  await phone.close();
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
  await rig.close();
  await engines.close();
});

it('lets calls that come at one instant wait for their turn, and those that give up pass it on', async () => {
  const dialled = await Promise.all(Array.from({ length: 50 }, () => phone.dial(rig.uri())));
  // These wait while the first of them are served.
  const givenUp = dialled.slice(12);
  await Promise.all(givenUp.map((call) => call.cancel()));
  const kept = dialled.slice(0, 12);
  await Promise.all(kept.map((call) => call.answered()));
  // More than may be made at a time: no turn was lost with those who gave up.
  const later = await Promise.all(Array.from({ length: 12 }, () => phone.call(rig.uri())));
  await Promise.all([...kept, ...later].map((call) => call.hangUp()));
  await until('all calls to end', () => rig.telephony.calls.count === 0);
  expect(rig.ended().filter(({ cause }) => cause === 'caller-hung-up')).toHaveLength(kept.length + later.length);
});
