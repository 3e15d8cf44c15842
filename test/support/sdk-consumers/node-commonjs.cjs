const process = require("node:process");
const sdk = require("@sekha/sdk");

async function main() {
  const { runSuite } = await import("./suite.ts");
  process.stdout.write(JSON.stringify(await runSuite(sdk, JSON.parse(process.argv[2]))));
}

void main();
