#!/usr/bin/env bash
# The ChromaDB server that the tests run against; kept out of the dependencies, since it unpacks to 421 MB.
# These versions start on a Debian 12 (glibc 2.36); newer ones need 2.38. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${SEKHA_CHROMA_SERVER:-node_modules/.cache/chroma-server}
[ -f "$folder/node_modules/chromadb/dist/cli.mjs" ] && exit 0
mkdir -p "$folder"
echo '{"private": true}' > "$folder/package.json"
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) bindings=chromadb-js-bindings-linux-x64-gnu@0.1.3 ;;
  *) bindings= ;;
esac
npm install --prefix "$folder" --no-audit --no-fund --no-save --ignore-scripts chromadb@3.0.0 $bindings
