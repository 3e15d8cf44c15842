import { z } from "zod";
import { httpUrl, secret, text } from "./fields.ts";

const databaseSchemes = /^(sqlite|postgres|postgresql):/i;
const schemeMessage = "has an unknown scheme: use sqlite://FILE or postgresql://USER@HOST/DATABASE";
const addressMessage =
  "is no address: use postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password write % / ? # as %25 %2F %3F %23";

/** pg would only say "Invalid URL", and that at the start. */
function isAddress(url: string): boolean {
  return !/^postgres/i.test(url) || URL.canParse(url);
}

/** Where memory is kept. */
export const storageKeys = {
  data_directory: text()
    .optional()
    .describe(
      "Folder of all data. Unset: the folder of the configuration file, or ~/.sekha without a file.",
    ),
  database_url: z
    .string()
    .regex(databaseSchemes, schemeMessage)
    .refine(isAddress, addressMessage)
    .optional()
    .describe(
      "sqlite://FILE or postgresql://…; unset: a SQLite file in the data directory, which is also where a relative FILE is.",
    ),
  max_connections: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe("Most connections to the database (readers, for SQLite)."),
  chroma_url: httpUrl("http://localhost:8000")
    .optional()
    .describe("ChromaDB server for the vectors; unset: the embedded engine (or pgvector)."),
  chroma_auth_token: secret("Token that ChromaDB asks for.").optional(),
  chroma_tenant: text().default("default_tenant").describe("Tenant in ChromaDB."),
  chroma_database: text().default("default_database").describe("Database in ChromaDB."),
};
