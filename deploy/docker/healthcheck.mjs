// Healthy when every service of this container that listens answers; a container may run one of them or all.
import process from "node:process";

const named = process.env.SEKHA_HEALTH_URL?.split(",");
const urls = named ?? [8080, 5001, 8081].map((port) => `http://127.0.0.1:${port}/health`);

/** True or false as the service says; null where nothing listens. */
async function health(url) {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(3000) });
    return status < 500;
  } catch (error) {
    return error?.cause?.code === "ECONNREFUSED" ? null : false;
  }
}

const answers = (await Promise.all(urls.map(health))).filter((answer) => answer !== null);
process.exitCode = answers.length > 0 && answers.every(Boolean) ? 0 : 1;
