import type { HttpLogger } from "../../http/http-logger.ts";

/** What every protocol's routes need besides the services. */
export interface FaceOptions {
  /** Bytes of a JSON body. */
  bodyLimit: number;
  /** Silence after which a stream says that it is alive. */
  heartbeatMs: number;
  logger: HttpLogger;
}
