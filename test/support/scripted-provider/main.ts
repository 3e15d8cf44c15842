/**
 * A scripted provider in a process of its own:
 * `node test/support/scripted-provider/main.ts [--port 0] [--keys a,b] [--tokens 60] [--delay-ms 0] [--dimension 8] [--keep 10000]`.
 * Prints `{"origin":"http://127.0.0.1:PORT"}`, and takes `POST /__script` ({fault, match}), `GET /__requests` and
 * `POST /__clear`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Fault, FaultMatch } from "./fault.ts";
import { type Control, type ScriptedProvider, startScriptedProvider } from "./scripted-provider.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    keys: { type: "string" },
    tokens: { type: "string" },
    "delay-ms": { type: "string", default: "0" },
    dimension: { type: "string", default: "8" },
    keep: { type: "string", default: "10000" },
  },
});

const provider = await startScriptedProvider(
  {
    port: Number(values.port),
    tokenDelayMs: Number(values["delay-ms"]),
    dimension: Number(values.dimension),
    keep: Number(values.keep),
    ...(values.keys === undefined ? {} : { keys: values.keys.split(",") }),
    ...(values.tokens === undefined
      ? {}
      : { tokens: Array.from({ length: Number(values.tokens) }, (_, at) => ` word${at + 1}`) }),
  },
  controlOf,
);
process.stdout.write(`${JSON.stringify({ origin: provider.origin })}\n`);
process.send?.({ url: provider.origin });
const stop = () => void provider.stop().then(() => process.exit(0));
process.once("SIGTERM", stop);
process.once("disconnect", stop);

function controlOf(own: ScriptedProvider): Control {
  return (request, response) => {
    switch (`${request.method} ${request.url}`) {
      case "POST /__script":
        void bodyOf(request).then((text) => {
          const { fault, match } = JSON.parse(text) as {
            fault: Fault | Fault[];
            match?: FaultMatch;
          };
          own.script(fault, match);
          answer(response, { ok: true });
        });
        return true;
      case "POST /__clear":
        void own.clear().then(() => answer(response, { ok: true }));
        return true;
      case "GET /__requests":
        answer(response, own.requests);
        return true;
      default:
        return false;
    }
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
