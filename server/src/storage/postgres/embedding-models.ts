import type { EmbeddingModelIdentity } from "../../core/ports/embedding-model.ts";
import type { Session } from "./session.ts";

/** The number of a model's vector space, made on first use. */
export async function modelNumber(
  session: Session,
  model: EmbeddingModelIdentity,
): Promise<number> {
  const known = await numberOf(session, model.id);
  if (known !== undefined) return known;
  await session.execute(
    "INSERT INTO embedding_models (id, name, dimension) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    [model.id, model.name, model.dimension],
  );
  return (await numberOf(session, model.id)) ?? 0;
}

async function numberOf(session: Session, id: string): Promise<number | undefined> {
  const [row] = await session.rows<{ seq: number }>(
    "SELECT seq FROM embedding_models WHERE id = $1",
    [id],
  );
  return row?.seq;
}
