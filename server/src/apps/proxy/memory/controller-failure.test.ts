import { SekhaApiError } from "@sekha/sdk";
import { expect, test } from "vitest";
import { controllerFailure } from "./controller-failure.ts";

function refusal(status: number, message: string) {
  return new SekhaApiError(message, {
    ...{ status, code: "unauthorized", requestId: null, retryAfterSeconds: null, body: null },
  });
}

test("a refused key is called the proxy's, since a client has one of its own [req:proxy.split]", () => {
  expect(controllerFailure(refusal(401, "Unauthorized: Invalid API key"))).toBe(
    "The controller refuses the proxy's key (controller_api_key, CONTROLLER_API_KEY): Unauthorized: Invalid API key",
  );
  expect(controllerFailure(refusal(500, "It broke."))).toBe("It broke.");
  expect(controllerFailure(new Error("Nothing answers."))).toBe("Nothing answers.");
});
