import { expect, it } from 'vitest';
import { describeApart, idsHeard, useServiceTogether } from './use-service.ts';

describeApart('a calling number that a trusted peer asserts', () => {
  const setting = useServiceTogether({ TRUSTED_PEERS: '127.0.0.1' });

  it('in P-Asserted-Identity is recognised, and only the PIN is asked', async () => {
    const call = await setting.call({
      number: '1001',
      headers: [{ name: 'P-Asserted-Identity', value: `<sip:${setting.service.mailbox.extension}@pbx.example>` }],
    });
    await call.heard('mailbox-of');
    await call.heardWhole(`digit-${setting.service.mailbox.extension.at(-1)}-final`);
    await call.heard('enter-pin-known-caller');
    await call.press(`${setting.service.mailbox.pin}#`);
    await call.heard('signed-in');
    expect(idsHeard(call)).not.toContain('enter-extension');
    await call.hangUp();
  });

  it('in From is recognised where nothing else asserts one, and the star key says that it is not mine', async () => {
    const call = await setting.call({ number: setting.service.mailbox.extension });
    await call.heard('mailbox-of');
    await call.heardWhole(`digit-${setting.service.mailbox.extension.at(-1)}-final`);
    await call.heard('enter-pin-known-caller');
    await call.press('*');
    await call.heard('enter-extension');
    await call.press(`${setting.service.mailbox.extension}${setting.service.mailbox.pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('and that nobody here has leads to the extension prompt', async () => {
    const call = await setting.call({ number: '59999' });
    await call.heard('enter-extension');
    expect(idsHeard(call)).not.toContain('mailbox-of');
    await call.hangUp();
  });
});

describeApart('a calling number from anybody else', () => {
  const setting = useServiceTogether();

  it('is worth nothing', async () => {
    const call = await setting.call({
      number: setting.service.mailbox.extension,
      headers: [{ name: 'P-Asserted-Identity', value: `<sip:${setting.service.mailbox.extension}@pbx.example>` }],
    });
    await call.heard('enter-extension');
    expect(idsHeard(call)).not.toContain('mailbox-of');
    await call.hangUp();
  });
});
