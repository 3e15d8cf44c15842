#!/usr/bin/env bash
# The oldest Node that users may have (README), to run some of the tests on. Says where its program is.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=22.18.0
folder=node_modules/.cache/oldest-node
architecture=$(node -p 'process.arch')
program=$folder/node_modules/node-linux-$architecture/bin/node
if [ ! -x "$program" ] || [ "$("$program" --version)" != "v$version" ]; then
  mkdir -p "$folder"
  echo '{"private": true}' > "$folder/package.json"
  npm install --prefix "$folder" --no-audit --no-fund --no-save --ignore-scripts \
    "node-linux-$architecture@$version" >&2
fi
echo "$PWD/$program"
