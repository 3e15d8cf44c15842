#!/usr/bin/env bash
# The MCP conformance suite and the Inspector, which the tests run; kept out of the dependencies, since they bring a web
# interface and an older SDK (143 MB). Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${SEKHA_MCP_TOOLS:-node_modules/.cache/mcp-tools}
[ -f "$folder/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js" ] && exit 0
mkdir -p "$folder"
echo '{"private": true}' > "$folder/package.json"
npm install --prefix "$folder" --no-audit --no-fund --no-save --ignore-scripts \
  @modelcontextprotocol/conformance@0.1.16 @modelcontextprotocol/inspector@2.12.0
