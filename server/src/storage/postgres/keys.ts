import type { Owner } from "../../core/conversations/conversation.ts";
import { SekhaError } from "../../core/errors.ts";
import type { ApiKey, FoundKey, KeyRotation, KeyScope } from "../../core/ports/key-store.ts";
import type { Session } from "./session.ts";

const KEY_COLUMNS = `id, owner, name, prefix, scopes, created_at AS "createdAt",
  expires_at AS "expiresAt", rotated_at AS "rotatedAt", previous_until AS "previousUntil",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

/** The one that is asked for by id or name: `$2` its owner, `$3` what was asked for, `$1` now. */
const LIVE_KEY = `SELECT id FROM api_keys
  WHERE owner = $2 AND revoked_at IS NULL AND (id = $3 OR name = $3)`;
const NEWEST = "ORDER BY id = $3 DESC, created_at DESC LIMIT 1";

type KeyRow = Omit<ApiKey, "scopes"> & { scopes: string };

function toKey(row: KeyRow): ApiKey {
  return { ...row, scopes: row.scopes.split(" ") as KeyScope[] };
}

export async function insertKey(session: Session, key: ApiKey, hash: string): Promise<void> {
  await session.execute(
    `INSERT INTO api_keys (id, owner, name, prefix, hash, scopes, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      key.id,
      key.owner,
      key.name,
      key.prefix,
      hash,
      key.scopes.join(" "),
      key.createdAt,
      key.expiresAt,
    ],
  );
}

export async function findKey(
  session: Session,
  hash: string,
  now: number,
): Promise<FoundKey | null> {
  const [row] = await session.rows<KeyRow & { current: boolean }>(
    `SELECT ${KEY_COLUMNS}, hash = $1 AS current FROM api_keys
     WHERE (hash = $1 OR (previous_hash = $1 AND previous_until > $2))
       AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
    [hash, now],
  );
  if (row === undefined) return null;
  const { current, ...rest } = row;
  const key = toKey(rest);
  const ends = [key.expiresAt, current ? null : key.previousUntil];
  const times = ends.filter((time) => time !== null);
  return { key, validUntil: times.length === 0 ? null : Math.min(...times) };
}

export async function listKeys(session: Session, owner: Owner): Promise<ApiKey[]> {
  const rows = await session.rows<KeyRow>(
    `SELECT ${KEY_COLUMNS} FROM api_keys WHERE owner = $1 ORDER BY created_at, id`,
    [owner],
  );
  return rows.map(toKey);
}

export async function allKeys(session: Session): Promise<ApiKey[]> {
  const rows = await session.rows<KeyRow>(
    `SELECT ${KEY_COLUMNS} FROM api_keys ORDER BY owner, created_at, id`,
  );
  return rows.map(toKey);
}

const ROTATE = `
UPDATE api_keys SET previous_hash = CASE WHEN $6::bigint > $1::bigint THEN hash END,
  previous_until = CASE WHEN $6::bigint > $1::bigint THEN $6::bigint END,
  hash = $4, prefix = $5, rotated_at = $1,
  expires_at = CASE WHEN $7::boolean THEN $8::bigint ELSE expires_at END
WHERE id = (${LIVE_KEY} AND (expires_at IS NULL OR expires_at > $1) ${NEWEST})
RETURNING ${KEY_COLUMNS}`;

export async function rotateKey(
  session: Session,
  owner: Owner,
  { idOrName, rotation }: { idOrName: string; rotation: KeyRotation },
): Promise<ApiKey> {
  const { prefix, hash, now, previousUntil, expiresAt } = rotation;
  const changed = [hash, prefix, previousUntil, expiresAt !== undefined, expiresAt ?? null];
  const [row] = await session.rows<KeyRow>(ROTATE, [now, owner, idOrName, ...changed]);
  if (row === undefined) {
    throw new SekhaError("not_found", "No such key, or it no longer works: make a new one");
  }
  return toKey(row);
}

export async function revokeKey(
  session: Session,
  owner: Owner,
  { idOrName, now }: { idOrName: string; now: number },
): Promise<ApiKey> {
  const [row] = await session.rows<KeyRow>(
    `UPDATE api_keys SET revoked_at = $1 WHERE id = (${LIVE_KEY} ${NEWEST})
     RETURNING ${KEY_COLUMNS}`,
    [now, owner, idOrName],
  );
  if (row === undefined) throw new SekhaError("not_found", "No such key, or it is revoked already");
  return toKey(row);
}

export async function touchKey(session: Session, id: string, now: number): Promise<void> {
  await session.execute("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", [id, now]);
}

export async function anyKey(session: Session): Promise<boolean> {
  return (await session.rows("SELECT 1 FROM api_keys WHERE revoked_at IS NULL LIMIT 1")).length > 0;
}
