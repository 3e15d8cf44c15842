import process from "node:process";
import * as sdk from "@sekha/sdk";
import { runSuite } from "./suite.ts";

process.stdout.write(JSON.stringify(await runSuite(sdk, JSON.parse(process.argv[2]))));
