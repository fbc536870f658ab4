#!/bin/sh
# pgtemp.sh COMMAND...: runs a command beside a PostgreSQL of its own, which is gone when the command ends.
#
# The command finds its address in CLINIC_DATABASE. The server listens on a socket in a new folder and on no port, so any
# number of them run side by side; nothing outside that folder is touched. It trades safety for speed (no fsync): never
# for real records. The server refuses to be root, so for root it runs as the user `postgres` of Debian's package.
set -eu
[ $# -gt 0 ] || { echo "usage: sh tools/pgtemp.sh COMMAND..." >&2; exit 2; }

programs=$(find /usr/lib/postgresql /usr/local/pgsql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
programs=${programs:-$(command -v initdb || true)}
[ -n "$programs" ] || { echo "pgtemp: there is no PostgreSQL server here; 'make setup' installs one." >&2; exit 3; }
programs=$(dirname "$programs")

folder=$(mktemp -d "${TMPDIR:-/tmp}/pgtemp.XXXXXX")
chmod 711 "$folder"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as_server() { (cd "$folder" && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"); }
else
  as_server() { (cd "$folder" && "$@"); }
fi

finish() {
  as_server "$programs/pg_ctl" --pgdata="$folder/data" --mode=immediate --wait stop >/dev/null 2>&1 || :
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

quietly() { as_server "$@" >"$folder/out" 2>&1 || { cat "$folder/out" >&2; exit 4; }; }
: >"$folder/out"
quietly "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
quietly "$programs/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --options="-k '$folder' -c listen_addresses='' \
  -c unix_socket_permissions=0777 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" start

# The server's own programs (pg_dump among them) are of its version; another one first on the path might be older.
PATH="$programs:$PATH" CLINIC_DATABASE="postgresql://postgres@/postgres?host=$folder" "$@"
