#!/usr/bin/env bash
# images.sh [busybox | node | file OUT.tar]: puts an image on the real node, without any registry or image tool.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# make_root: a root file system with a shell, in $WORK/root
make_root() {
  local applet
  mkdir -p "$WORK/root"/{bin,etc,root,tmp}
  chmod 1777 "$WORK/root/tmp"
  cp "$(command -v busybox)" "$WORK/root/bin/busybox"
  for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$WORK/root/bin/$applet"; done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/sh >"$WORK/root/etc/passwd"
  printf '%s\n' root:x:0: nogroup:x:65534: >"$WORK/root/etc/group"
}

# add_with_libraries PROGRAM PATH_IN_IMAGE
add_with_libraries() {
  local libraries
  install -D "$1" "$WORK/root$2"
  libraries=$(ldd "$1")
  [[ $libraries != *"not found"* ]] || die "$1 lacks libraries: $libraries"
  grep -o '/[^ ]*' <<<"$libraries" | xargs cp -L --parents -t "$WORK/root"
}

# add_blob TYPE: moves $WORK/blob into the archive and prints its descriptor
add_blob() {
  local hash size
  hash=$(sha256sum <"$WORK/blob" | cut -d' ' -f1)
  size=$(stat -c %s "$WORK/blob")
  mv "$WORK/blob" "$WORK/oci/blobs/sha256/$hash"
  echo "{\"mediaType\": \"application/vnd.oci.image.$1\", \"digest\": \"sha256:$hash\", \"size\": $size}"
}

# import_root NAME COMMAND_JSON: the root file system as an image of one layer
import_root() {
  local layer config manifest diff_id
  mkdir -p "$WORK/oci/blobs/sha256"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$WORK/root" -cf "$WORK/blob" .
  layer=$(add_blob layer.v1.tar)
  diff_id=$(grep -o 'sha256:[0-9a-f]*' <<<"$layer")
  cat >"$WORK/blob" <<EOF
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["$diff_id"]},
 "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": $2}}
EOF
  config=$(add_blob config.v1+json)
  echo "{\"schemaVersion\": 2, \"config\": $config, \"layers\": [$layer]}" >"$WORK/blob"
  manifest=$(add_blob manifest.v1+json)
  manifest="${manifest%\}}, \"annotations\": {\"io.containerd.image.name\": \"$1\"}}"
  echo "{\"schemaVersion\": 2, \"manifests\": [$manifest]}" >"$WORK/oci/index.json"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$WORK/oci/oci-layout"
  tar -C "$WORK/oci" -cf "$WORK/image.tar" .
  node_ctr images import "$WORK/image.tar" >/dev/null
  say "image $1"
}

image_is_there() { [ -n "$(node_ctr images list -q "name==$1")" ]; }

is_running node || die "no real node is up in $CLUSTER_HOME: images have nowhere to go"
WORK=$(mktemp -d "$RUN/image.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
case ${1:-busybox} in
  busybox)
    if ! image_is_there localhost/busybox:1; then make_root; import_root localhost/busybox:1 '["sh"]'; fi
    ;;
  pause) # keeps a pod's network; the node needs it before any other, so up.sh asks for it
    if ! image_is_there localhost/pause:1; then make_root; import_root localhost/pause:1 '["sleep", "2147483647"]'; fi
    ;;
  node)
    node=${NODE_BIN:-$(command -v node)} || die "no node in PATH: set NODE_BIN"
    version=$("$node" -p 'process.versions.node.split(".")[0]')
    make_root; add_with_libraries "$node" /usr/local/bin/node; import_root "localhost/node:$version" '["node"]'
    ;;
  file)
    [ -f "${2:-}" ] || die "images.sh file OUT.tar: no file '${2:-}'"
    node_ctr images import "$2" >&2
    ;;
  *) die "images.sh [busybox | node | file OUT.tar]" ;;
esac
