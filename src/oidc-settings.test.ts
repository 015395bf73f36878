import { expect, it } from 'vitest';
import { oidcTermsOf, parseOidcRoles } from './oidc-settings.ts';

const rolesOf = (text: string) => parseOidcRoles(text) ?? expect.fail('These are no roles');
const SETTINGS = {
  issuer: 'https://login.example',
  audience: 'touchtone',
  groupsClaim: 'groups',
  roles: rolesOf('boss=organization-management,desk=help-desk,desk=view-only'),
};

it('tells terms of the identity provider apart, however they are written', () => {
  const terms = oidcTermsOf(SETTINGS);
  const same = rolesOf('desk=view-only, desk=help-desk, boss=organization-management');
  expect(oidcTermsOf({ ...SETTINGS, roles: same, audience: 'another' })).toBe(terms);
  const others = [
    { issuer: 'https://login.example/other' },
    { groupsClaim: 'roles' },
    { roles: rolesOf('boss=organization-management,desk=help-desk') },
    { roles: rolesOf('boss=organization-management,desk=help-desk,desks=view-only') },
    { roles: new Map() },
  ];
  const digests = others.map((other) => oidcTermsOf({ ...SETTINGS, ...other }));
  expect(new Set([terms, ...digests]).size).toBe(others.length + 1);
});
