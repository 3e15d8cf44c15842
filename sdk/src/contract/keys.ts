import { z } from "zod";
import { isoTime, limitParameter, line, offsetParameter, time, uuid } from "./values.ts";

export const keyScope = z.enum(["read", "write", "admin"]).meta({
  id: "KeyScope",
  description: "`admin` reads and writes too, and manages keys, users and the service.",
});

export const userName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
  )
  .meta({ description: "Whose memory a key opens.", example: "ann" });

/** One user, or `*` for everyone. */
export const userSelection = z.union([userName, z.literal("*")]).meta({
  description: "A user, or * for everyone; your own when absent. Others need the scope admin.",
});

const LONGEST_DAYS = 3650;
const LONGEST_GRACE_SECONDS = 30 * 86_400;

const expiry = {
  expires_in_days: z
    .number()
    .positive("must be more than 0")
    .max(LONGEST_DAYS, `at most ${LONGEST_DAYS}`)
    .nullish()
    .meta({ description: "Days from now; never when both are absent.", example: 90 }),
  expires_at: time.nullish(),
};

export const createKeyBody = z
  .object({
    name: line(100).meta({ example: "laptop" }),
    user: userName.nullish().meta({ description: "Whose memory it opens; your own when absent." }),
    scopes: z
      .array(keyScope)
      .min(1, "must name at least one scope")
      .max(10)
      .transform((values) => [...new Set(values)])
      .nullish()
      .meta({ description: "Yours when absent; for another user read and write." }),
    ...expiry,
  })
  .meta({ id: "CreateKey" });

export const rotateKeyBody = z
  .object({
    grace_seconds: z
      .number()
      .min(0, "must not be negative")
      .max(LONGEST_GRACE_SECONDS, `at most ${LONGEST_GRACE_SECONDS} (30 days)`)
      .nullish()
      .meta({
        description: "How long the present secret goes on beside the new one; 0 if absent.",
      }),
    ...expiry,
  })
  .nullish()
  .meta({ id: "RotateKey" });

export const keyOutput = z
  .object({
    id: uuid,
    user: z.string(),
    name: z.string(),
    prefix: z.string().meta({ description: "How its present secret begins." }),
    scopes: z.array(keyScope),
    state: z.enum(["works", "expired", "revoked"]),
    created_at: isoTime,
    expires_at: isoTime.nullable(),
    rotated_at: isoTime.nullable(),
    previous_until: isoTime
      .nullable()
      .meta({ description: "Until then the secret before the present one works too." }),
    last_used_at: isoTime.nullable(),
    revoked_at: isoTime.nullable(),
  })
  .meta({ id: "ApiKey" });

export const createdKeyOutput = keyOutput
  .extend({ key: z.string().meta({ description: "The secret; shown this once." }) })
  .meta({ id: "CreatedApiKey" });

export const whoamiOutput = z
  .object({
    user: z.string().meta({ description: "Whose memory it is." }),
    key_id: z.string().nullable().meta({ description: "Null for a caller that needs no key." }),
    scopes: z.array(keyScope),
  })
  .meta({ id: "Caller" });

export const keysOutput = z.object({ keys: z.array(keyOutput) });
export const keyParameter = z.object({ id: z.string().min(1).max(200) });
export const keysQuery = z.object({ user: userSelection.optional() });
export const keyOwnerQuery = z.object({
  user: userName.optional().meta({
    description: "Whose key it is; needed for another user's name of a key, not for an id.",
  }),
});

export const usersQuery = z.object({
  limit: limitParameter.optional(),
  offset: offsetParameter.optional(),
});

export const userOutput = z
  .object({
    name: z.string(),
    conversations: z.number(),
    keys: z.number().meta({ description: "Keys that work." }),
    last_used_at: isoTime.nullable().meta({ description: "When one of the keys was last used." }),
  })
  .meta({ id: "User" });

export const usersOutput = z.object({ users: z.array(userOutput), total: z.number() });

export const userParameter = z.object({ name: userName });
export const eraseUserQuery = z.object({
  confirm: z
    .string()
    .optional()
    .meta({ description: "The user's name once more: what is erased does not come back." }),
});
export const erasedUserOutput = z.object({
  success: z.literal(true),
  user: z.string(),
  conversations: z.number().meta({ description: "Conversations that were erased." }),
  keys: z.number().meta({ description: "Keys that were erased." }),
});

export type KeyScope = z.infer<typeof keyScope>;
export type KeyResponse = z.infer<typeof keyOutput>;
export type CreatedKey = z.infer<typeof createdKeyOutput>;
export type UserResponse = z.infer<typeof userOutput>;
