import type { HttpRequest } from "./http-request.ts";
import type { RateDecision } from "./rate-decision.ts";
import type { Principal, RequestContext } from "./request-context.ts";

/** One request on its way through a service, with what was found out about it so far. */
export interface HttpCall {
  readonly request: HttpRequest;
  readonly context: RequestContext;
  readonly requestId: string;
  /** Of the pattern that the path fits, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Undefined before authentication, and on open routes. */
  principal: Principal | undefined;
  rate: RateDecision | undefined;
  /** The methods of the path, when it was asked for another. */
  allow: string | undefined;
}
