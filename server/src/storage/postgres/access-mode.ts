/** How the database itself keeps owners apart. */
export interface AccessMode {
  /**
   * Roles without any other right, taken for one transaction each: `owner` sees the rows of the transaction's owner,
   * `service` everyone's. Null where the login role may not make roles: then policies go by the settings alone.
   */
  roles: { owner: string; service: string } | null;
  /** False when nothing holds: the login role goes past every policy and may not make roles. */
  isEnforced: boolean;
}
