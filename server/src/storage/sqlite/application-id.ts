/** "SEKH": tells our files from v1's and everyone else's. A file of its own: asking for it must not load the query builder. */
export const APPLICATION_ID = 0x53454b48;
