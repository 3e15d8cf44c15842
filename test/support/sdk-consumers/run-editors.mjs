import process from "node:process";
import { asEditorsDo } from "./editors.ts";

process.stdout.write(JSON.stringify(await asEditorsDo(JSON.parse(process.argv[2]))));
