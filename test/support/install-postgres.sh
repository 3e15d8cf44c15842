#!/usr/bin/env bash
# Installs PostgreSQL 15 and builds pgvector for it, so that the storage tests run on a real server:
# for Debian 12, as root, as often as one likes. Debian 12 has no package of pgvector; the source of
# the next release's builds with it (components.md). Nothing stays in the machine's apt sources.
set -euo pipefail

version=15
pg_config=/usr/lib/postgresql/$version/bin/pg_config

has_server() { [ -x "/usr/lib/postgresql/$version/bin/postgres" ]; }
has_pgvector() { [ -e "$("$pg_config" --sharedir)/extension/vector.control" ]; }

if has_server && [ -x "$pg_config" ] && has_pgvector; then
  echo "PostgreSQL $version with pgvector is installed."
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Run this as root: it installs packages." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  "postgresql-$version" "postgresql-server-dev-$version" build-essential dpkg-dev debian-archive-keyring

if has_pgvector; then
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt reads its lists as a user of its own.
chmod 755 "$work"
mkdir -p "$work/lists/partial"

# The mirror that this machine uses for Debian itself.
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' | awk '$1 == "Debian" { print $2; exit }')
if [ -z "$mirror" ]; then
  echo "No Debian mirror among this machine's apt sources: install pgvector by hand." >&2
  exit 1
fi
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keyring] $mirror trixie main" > "$work/trixie.list"
from_trixie=(-o "Dir::Etc::SourceList=$work/trixie.list" -o Dir::Etc::SourceParts=-
  -o "Dir::State::Lists=$work/lists" -o APT::Sandbox::User=root)
apt-get "${from_trixie[@]}" update -qq
cd "$work"
apt-get "${from_trixie[@]}" source -qq pgvector
cd pgvector-*/
# OPTFLAGS: a build that runs on any processor of this kind.
make -s OPTFLAGS="" "PG_CONFIG=$pg_config"
make -s install "PG_CONFIG=$pg_config"
has_pgvector
echo "PostgreSQL $version with pgvector is ready."
