/** What administrators may be, from the most to the least that they may do (SPEC §5, "Who may"). */
export const ROLES = ['organization-management', 'um-management', 'help-desk', 'view-only'] as const;

export type Role = (typeof ROLES)[number];

/** What people call them. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  'organization-management': 'Organization Management',
  'um-management': 'UM Management',
  'help-desk': 'Help Desk',
  'view-only': 'View-Only',
};

/** The role that a text names, as the program writes it; undefined for any other text. */
export function roleOf(text: string): Role | undefined {
  return ROLES.find((role) => role === text);
}
