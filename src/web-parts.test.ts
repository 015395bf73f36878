import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { testWebParts } from './testing/http/test-api.ts';
import { createTestService, type TestService } from './testing/test-service.ts';
import { webPartsOf } from './web-parts.ts';

const LISTENS_ON = 'http://127.0.0.1:8080';
const PAGES = 'https://voice.example';

let service: TestService;
beforeEach(async () => {
  service = await createTestService();
});
afterEach(() => service.dispose());

describe('the pages', () => {
  it.each([
    ['on this machine', {}, { isSecure: false, origin: LISTENS_ON, isWarned: false }],
    ['behind a proxy', { PUBLIC_URL: PAGES }, { isSecure: true, origin: PAGES, isWarned: false }],
    ['behind a proxy that nobody knows', {}, { isSecure: true, origin: undefined, isWarned: true }],
  ])('%s have the cookies and the links that are safe there', async (place, environment, expected) => {
    const proxies = place === 'on this machine' ? {} : { HTTP_TRUSTED_PROXIES: '127.0.0.1' };
    const config = readConfig({ ...environment, ...proxies });
    const { log, clock, webSecrets } = service;
    const core = { web: testWebParts(service), webSecrets };
    const { cookies, origin } = await webPartsOf({ config, log, clock, listensOn: () => LISTENS_ON }, core);
    const isWarned = log.lines.some(({ level, message }) => level === 'warn' && /PUBLIC_URL/.test(message));
    expect({ isSecure: cookies.isSecure, origin: origin(), isWarned }).toEqual(expected);
  });
});
