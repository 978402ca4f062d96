#!/usr/bin/env bash
# up.sh [--audit]: brings the cluster up and waits until it is ready. Safe to repeat. Prints KUBECONFIG= and CLUSTER_CA=
# on stdout, all else on stderr.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=pki.sh
. "$HERE/pki.sh"
# All of it is on this machine: no proxy in between.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

choose_node() {
  local why="as set, or as it runs"
  if [ -z "${CLUSTER_NODE:-}" ]; then
    CLUSTER_NODE=none why="no pod runs: a real node needs root, containerd and runc, a fake one npm run cluster build kwok"
    if [ -x "$BIN/kwok" ]; then CLUSTER_NODE=kwok why="pods only seem to run: a real node needs root, containerd and runc"; fi
    if [ "$(id -u)" = 0 ] && have containerd runc; then CLUSTER_NODE=real why="root, containerd and runc are here"; fi
  fi
  say "node: $CLUSTER_NODE ($why)"
}

check_prerequisites() {
  local missing=() program programs=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl)
  have curl openssl flock findmnt || die "curl, openssl, flock and findmnt (util-linux) are needed"
  [[ $CLUSTER_SUBNET =~ ^[0-9]+\.[0-9]+\.0\.0/16$ ]] || die "CLUSTER_SUBNET must look like 10.244.0.0/16"
  case $CLUSTER_NODE in
    real)
      programs+=(kubelet kube-proxy)
      [ "$(id -u)" = 0 ] || die "CLUSTER_NODE=real needs root"
      have containerd runc ctr nft socat ip sysctl unshare busybox /usr/lib/cni/ptp ||
        die "CLUSTER_NODE=real needs the Debian packages of test/packages/apt.txt"
      [ ${#CLUSTER_HOME} -le 60 ] || die "$CLUSTER_HOME is too long for the sockets inside (60 characters)"
      ;;
    kwok) programs+=(kwok) ;;
    none) ;;
    *) die "CLUSTER_NODE must be real, kwok or none, not $CLUSTER_NODE" ;;
  esac
  for program in "${programs[@]}"; do [ -x "$BIN/$program" ] || missing+=("$program"); done
  [ ${#missing[@]} = 0 ] || die "$BIN lacks programs: run npm run cluster build ${missing[*]}"
}

# Services keep their addresses in etcd, and a running cluster keeps its ports.
remember_settings() {
  local fixed port
  fixed="CLUSTER_PORT=\${CLUSTER_PORT:-$CLUSTER_PORT} CLUSTER_SUBNET=\${CLUSTER_SUBNET:-$CLUSTER_SUBNET}"
  fixed+=" CLUSTER_NODE=\${CLUSTER_NODE:-$CLUSTER_NODE}"
  if [ ! -f "$RUN/settings" ]; then # else somebody else's etcd or API server would be taken for ours
    for ((port = CLUSTER_PORT; port <= KWOK_PORT; port++)); do
      ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || die "port $port is taken: set CLUSTER_PORT, used with the six after it"
    done
  elif [ "$(head -n 1 "$RUN/settings")" != "$fixed" ]; then
    die "this cluster is up, or was not taken down, with other settings: run down.sh first ($(head -n 1 "$RUN/settings"))"
  fi
  if [ -f "$DATA/subnet" ] && [ "$(cat "$DATA/subnet")" != "$CLUSTER_SUBNET" ]; then
    die "the kept data are for CLUSTER_SUBNET=$(cat "$DATA/subnet"): use that, or run down.sh --wipe"
  fi
  echo "$CLUSTER_SUBNET" >"$DATA/subnet"
  printf "%s\nCLUSTER_AUDIT=\${CLUSTER_AUDIT-%q}\nCLUSTER_APISERVER_ARGS=\${CLUSTER_APISERVER_ARGS-%q}\n" \
    "$fixed" "$CLUSTER_AUDIT" "$CLUSTER_APISERVER_ARGS" >"$RUN/settings"
}

# wait_for SECONDS NAME COMMAND...: polls COMMAND; when time is up, or the process NAME has ended, shows its log and fails.
wait_for() {
  local seconds=$1 name=$2 began logs
  began=$(milliseconds)
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! is_running "$name" || [ $(($(milliseconds) - began)) -gt $((seconds * 1000)) ]; then
      logs=("$LOG/$name.log")
      if [ "$name" = node ]; then logs+=("$LOG"/{containerd,kubelet,kube-proxy}.log); fi
      tail -n 15 "${logs[@]}" >&2 || true
      is_running "$name" || die "$name ended"
      die "$name was not ready after $seconds s (waited for: $*)"
    fi
    sleep 0.1
  done
  say "$name: ready after $(($(milliseconds) - began)) ms"
}

start_control_plane() {
  local etcd=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$ETCD_PEER_PORT user apiserver_args=()
  # Nothing here outlives the machine, so etcd need not wait for the disk.
  start etcd "$BIN/etcd" --name=etcd --data-dir="$DATA/etcd" --unsafe-no-fsync --listen-client-urls="$etcd" \
    --advertise-client-urls="$etcd" --listen-peer-urls="$peer" --initial-advertise-peer-urls="$peer" --initial-cluster="etcd=$peer"
  wait_for 30 etcd curl -sf "$etcd/health"

  if [ -n "$CLUSTER_AUDIT" ]; then
    printf '%s\n' 'apiVersion: audit.k8s.io/v1' 'kind: Policy' 'rules: [{level: Metadata}]' >"$CONF/audit-policy.yaml"
    apiserver_args+=(--audit-log-path="$LOG/audit.log" --audit-policy-file="$CONF/audit-policy.yaml")
  fi
  read -ra user <<<"$CLUSTER_APISERVER_ARGS"
  start kube-apiserver "$BIN/kube-apiserver" --etcd-servers="$etcd" --bind-address=127.0.0.1 --secure-port="$CLUSTER_PORT" \
    --advertise-address="$HOST_IP" --service-cluster-ip-range="$SERVICE_RANGE" --allow-privileged=true \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --kubelet-client-certificate="$PKI/apiserver-kubelet-client.crt" --kubelet-client-key="$PKI/apiserver-kubelet-client.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/service-accounts.pub" \
    --service-account-signing-key-file="$PKI/service-accounts.key" "${apiserver_args[@]}" "${user[@]}"
  wait_for 90 kube-apiserver cluster_kubectl get --raw /readyz

  # The default rate limits make a new namespace wait seconds for its service account.
  start_with_kubeconfig kube-controller-manager "$MANAGER_PORT" --cluster-signing-cert-file="$PKI/ca.crt" \
    --cluster-signing-key-file="$PKI/ca.key" --root-ca-file="$PKI/ca.crt" --use-service-account-credentials=true \
    --service-account-private-key-file="$PKI/service-accounts.key" --node-monitor-grace-period=20s
  start_with_kubeconfig kube-scheduler "$SCHEDULER_PORT"
}

start_with_kubeconfig() {
  local name=$1 kubeconfig=$CONF/$1.kubeconfig port=$2
  shift 2
  start "$name" "$BIN/$name" --kubeconfig="$kubeconfig" --authentication-kubeconfig="$kubeconfig" \
    --authorization-kubeconfig="$kubeconfig" --bind-address=127.0.0.1 --secure-port="$port" --leader-elect=false \
    --kube-api-qps=200 --kube-api-burst=400 "$@"
}

node_has_own_network() { [ "$(readlink "/proc/$(pid_of node)/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# Containerd, kubelet and kube-proxy run in namespaces of their own (node.sh): the host keeps its firewall, routes and
# mounts as they are, and sees one more network interface and one more control group.
start_real_node() {
  local dir word
  if ! is_running node; then
    [ -z "$(ip -4 route show root "$CLUSTER_SUBNET")" ] || die "the host uses $CLUSTER_SUBNET already: set CLUSTER_SUBNET"
    # The kubelet sets these; down.sh sets them back.
    [ -f "$RUN/sysctl" ] || sysctl -e vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops \
      kernel.keys.root_maxkeys kernel.keys.root_maxbytes >"$RUN/sysctl"
    for dir in "${NODE_PRIVATE_DIRS[@]}"; do
      if [ ! -d "$dir" ]; then mkdir -p "$dir" && echo "$dir" >>"$RUN/created-dirs"; fi
    done
    # Pods go below a control group of this cluster's own: a kubelet removes the groups of pods that it does not know.
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
      for word in $(</sys/fs/cgroup/cgroup.controllers); do
        echo "+$word" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
      done
    fi
    cgroup_directories | xargs mkdir -p
  fi
  start node unshare --net --pid --fork --kill-child --mount --propagation slave --mount-proc "$HERE/node.sh"
  wait_for 10 node node_has_own_network
  if ! ip link show "$UPLINK" >/dev/null 2>&1; then
    ip link add "$UPLINK" type veth peer name uplink netns "$(pid_of node)"
    ip address add "$HOST_IP/32" dev "$UPLINK"
    ip link set "$UPLINK" up
    ip route add "$NODE_IP" dev "$UPLINK"
    ip route add "$CLUSTER_SUBNET" via "$NODE_IP" dev "$UPLINK" src "$HOST_IP"
  fi
  # The API server listens on loopback only; this is how the node and pods reach it.
  start api-forward socat "TCP-LISTEN:$CLUSTER_PORT,bind=$HOST_IP,fork,reuseaddr" "TCP:127.0.0.1:$CLUSTER_PORT"
  if have docker-registry; then
    printf '%s\n' 'version: 0.1' 'log: {level: warn}' "http: {addr: '$HOST_IP:$REGISTRY_PORT'}" \
      "storage: {filesystem: {rootdirectory: '$DATA/registry'}, delete: {enabled: true}}" >"$CONF/registry.yaml"
    start registry docker-registry serve "$CONF/registry.yaml"
  fi
  wait_for 30 node node_ctr version
  "$HERE/images.sh" pause
  wait_for 60 node real_node_is_ready
}

# A kept Node says Ready until somebody notices that it is not: the word must be from after the node's start.
real_node_is_ready() {
  local ready
  ready=$(cluster_kubectl get node "$REAL_NODE" \
    -o 'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}')
  [[ $ready == True* && ! $ready < "True $(date -u -r "$RUN/node.pid" +%FT%T)" ]]
}

start_kwok_node() {
  printf '%s\n' '2026-01-01T00:00:00.000000000Z stdout F a line from kwok' >"$CONF/kwok.log"
  {
    cat "$BIN/kwok-stages.yaml"
    printf '%s\n' --- 'apiVersion: kwok.x-k8s.io/v1alpha1' 'kind: ClusterLogs' 'metadata: {name: all}' \
      "spec: {logs: [{logsFile: '$CONF/kwok.log'}]}"
  } >"$CONF/kwok.yaml"
  start kwok "$BIN/kwok" --kubeconfig="$CONF/admin.kubeconfig" --config="$CONF/kwok.yaml" \
    --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds=40 \
    --node-ip=127.0.0.1 --node-port="$KWOK_PORT" --server-address="127.0.0.1:$KWOK_PORT" \
    --tls-cert-file="$PKI/kubelet-server.crt" --tls-private-key-file="$PKI/kubelet-server.key"
  cluster_kubectl apply -f - >/dev/null <<EOF
apiVersion: v1
kind: Node
metadata: {name: $KWOK_NODE, annotations: {kwok.x-k8s.io/node: fake}, labels: {type: kwok, kubernetes.io/os: linux}}
status: {allocatable: {cpu: "32", memory: 256Gi, pods: "1000"}, capacity: {cpu: "32", memory: 256Gi, pods: "1000"}}
EOF
  wait_for 60 kwok cluster_kubectl wait --for=condition=Ready --timeout=1s "node/$KWOK_NODE"
}

[ "${1:-}" != --audit ] || CLUSTER_AUDIT=1
lock_home
choose_node
check_prerequisites
mkdir -p "$CONF" "$DATA" "$LOG" "$PKI" "$RUN"
remember_settings
make_pki
start_control_plane
# A Node kept from a run of the other kind would be given pods.
[ "$CLUSTER_NODE" = real ] || cluster_kubectl delete node "$REAL_NODE" --ignore-not-found >&2
[ "$CLUSTER_NODE" = kwok ] || cluster_kubectl delete node "$KWOK_NODE" --ignore-not-found >&2
case $CLUSTER_NODE in
  real) start_real_node ;;
  kwok) start_kwok_node ;;
esac
wait_for 60 kube-controller-manager cluster_kubectl get serviceaccount default --namespace default
wait_for 60 kube-scheduler curl -skf --noproxy '*' "https://127.0.0.1:$SCHEDULER_PORT/readyz"
printf 'KUBECONFIG=%q\nCLUSTER_CA=%q\n' "$CONF/admin.kubeconfig" "$PKI/ca.crt"
