const ROLES = new Set(
  "user assistant system tool function developer human model bot ai data critic".split(" "),
);

/** The speaker that a role names when it is none of the usual roles: people talking to people. */
export function speakerOf(role: string): string | null {
  return ROLES.has(role.toLowerCase()) ? null : role;
}
