import type { ControllerRoutes, ImportReport } from "@sekha/sdk/contract";
import { SekhaError } from "../../core/errors.ts";
import type { Job } from "../../core/ports/job-store.ts";
import type { HttpRequest } from "../../http/http-request.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { RouteHandlers } from "../../http/route-binding.ts";
import { exportResponse } from "./export-response.ts";
import { jobToWire } from "./job-mapping.ts";
import type { ControllerServices } from "./services.ts";

const LISTED_JOBS = 100;

type TransferRoutes = Pick<
  ControllerRoutes,
  "import" | "export" | "exportByBody" | "backup" | "getJob" | "listJobs"
>;

export function transferHandlers(services: ControllerServices): RouteHandlers<TransferRoutes> {
  const { transfer, jobs, clock } = services;
  return {
    import: async ({ query }, { owner, request, signal }) => {
      const outcome = await transfer.importUpload({
        owner,
        stream: uploadOf(request),
        fileName: query.filename ?? null,
        folder: query.folder ?? null,
        wait: query.wait ?? true,
        signal,
      });
      return isJob(outcome) ? jsonResponse(jobToWire(outcome), { status: 202 }) : outcome;
    },

    export: ({ query }, call) => exportResponse(services, query, call),
    exportByBody: ({ body }, call) => exportResponse(services, body, call),

    backup: async () => {
      const { size, stream } = await transfer.backup();
      const day = new Date(clock()).toISOString().slice(0, 10);
      return new Response(stream, {
        headers: {
          "Content-Type": "application/vnd.sqlite3",
          "Content-Length": String(size),
          "Content-Disposition": `attachment; filename="sekha-backup-${day}.db"`,
        },
      });
    },

    getJob: async ({ params }, { owner }) => jobToWire(await jobs.get(owner, params.id)),

    listJobs: async (_input, { owner }) => ({
      jobs: (await jobs.list(owner, LISTED_JOBS)).map(jobToWire),
    }),
  };
}

/** The file as it is; any content type but a form's, since clients seldom name the right one. */
function uploadOf(request: HttpRequest): ReadableStream<Uint8Array> {
  if (/^multipart\//i.test(request.headers.get("content-type") ?? "")) {
    throw new SekhaError(
      "unsupported_media_type",
      "Send the file itself as the body, not a form: curl --data-binary @FILE …/api/v1/import",
    );
  }
  if (request.body === null || request.headers.get("content-length") === "0") {
    throw new SekhaError(
      "invalid_request",
      "The body is empty. Send an export file: curl --data-binary @FILE …/api/v1/import",
    );
  }
  return request.body;
}

function isJob(outcome: ImportReport | Job): outcome is Job {
  return "kind" in outcome;
}
