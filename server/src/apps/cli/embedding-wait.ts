import type { SekhaClient } from "@sekha/sdk";
import { formatCount, formatNumber } from "./quantities.ts";
import { Rate } from "./rate.ts";
import type { Session } from "./session.ts";

const POLL_MILLISECONDS = 500;

/** Messages that cannot be found by meaning yet. */
export async function waitingMessages(client: SekhaClient): Promise<number> {
  const { queue } = await client.embeddingsStatus();
  return queue.pending + queue.processing;
}

/** Shows a bar until every message has its vectors or is given up. */
export async function finishEmbedding(
  session: Session,
  { client, signal }: { client: SekhaClient; signal: AbortSignal },
): Promise<void> {
  const { io } = session;
  const bar = session.progress();
  const rate = new Rate(io.now);
  const total = await waitingMessages(client);
  let most = total;
  let left = total;
  while (left > 0) {
    most = Math.max(most, left);
    const done = most - left;
    bar.update({
      label: "Embedding",
      fraction: done / most,
      parts: [
        `${formatNumber(left, "message")} left`,
        `${formatCount(Math.round(rate.perSecond(done)))}/s`,
      ],
      remainingMilliseconds: rate.remainingMilliseconds(done, most),
    });
    await io.sleep(POLL_MILLISECONDS, signal);
    left = await waitingMessages(client);
  }
  bar.clear();
  const { parked } = (await client.embeddingsStatus()).queue;
  session.note("Every message can be found by meaning now.");
  if (parked > 0) {
    session.warn(
      `${formatNumber(parked, "message")} could not be embedded and can be found by word only. \`sekha doctor\` says why.`,
    );
  }
}
