#!/bin/sh
# render.sh FOLDER [NAME...]: fills in the templates (all, or jobs-passthrough or shared-443 as named) and puts them with nginx.conf into
# FOLDER, ready for `nginx -c FOLDER/nginx.conf`. Settings come from the environment, else from defaults.env.
set -eu
[ $# -ge 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
command -v envsubst >/dev/null || { echo 'error: envsubst is missing (Debian: gettext-base)' >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
[ $# -gt 0 ] || set -- jobs-passthrough shared-443

names=
while IFS='=' read -r name value; do
  case $name in '' | '#'*) continue ;; esac
  eval "[ -n \"\${$name+set}\" ] || $name=\$value"
  export "${name?}"
  names="$names \${$name}"
done <"$here/defaults.env"

mkdir -p "$folder/stream-conf.d"
for name in jobs-api "$@"; do
  envsubst "$names" <"$here/$name.conf.stream-template" >"$folder/stream-conf.d/$name.conf"
done
cp "$here/nginx.conf" "$folder/nginx.conf"
