import * as sdk from "@sekha/sdk";
import { runSuite } from "./suite.ts";

/** The page's whole script: fetches where the services are, and sends back what it saw. */
const place = await (await fetch("/place")).json();
const results = await runSuite(sdk, place);
await fetch("/results", { method: "POST", body: JSON.stringify(results) });
