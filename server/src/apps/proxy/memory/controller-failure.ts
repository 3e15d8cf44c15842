import { SekhaApiError } from "@sekha/sdk";
import { errorMessage } from "../../../core/errors.ts";

/** Why the controller did not do what the proxy asked, for people. The key it refuses is not that of who reads this. */
export function controllerFailure(error: unknown): string {
  const isRefused = error instanceof SekhaApiError && [401, 403].includes(error.status);
  return isRefused
    ? `The controller refuses the proxy's key (controller_api_key, CONTROLLER_API_KEY): ${error.message}`
    : errorMessage(error);
}
