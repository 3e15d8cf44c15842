#!/bin/sh
# Turns version 1's .env into config.yaml, in the folder where it is called: `sekha migrate config`
# with its options (--dry-run, --yes, --output FILE).
set -eu

here=$(CDPATH='' cd -P -- "$(dirname -- "$0")" && pwd -P)
program=$here/../server/bin/sekha.mjs
pinned_node=$here/../node_modules/.bin/node

if [ -f "$program" ]; then
  if [ -x "$pinned_node" ]; then
    exec "$pinned_node" "$program" migrate config "$@"
  fi
  if command -v node >/dev/null 2>&1; then
    exec node "$program" migrate config "$@"
  fi
fi
if command -v sekha >/dev/null 2>&1; then
  exec sekha migrate config "$@"
fi
echo "Sekha was not found: neither beside this script nor as \`sekha\` in PATH." >&2
echo "Run \`npm ci\` in Sekha's folder, or install it, then try again." >&2
exit 127
