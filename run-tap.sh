#!/usr/bin/env bash
# One command, one real handshake.
#
#   ./run-tap.sh [option...]       a lesson that needs no network: a namespace and a TAP of its own, a real HTTPS server on the kernel's side
#   ./run-tap.sh URL [option...]   the same stack talks to a real server, through this machine's way out
#
# The options are those of `usertcp get` (-o FILE, -v, --json, ...). The page goes to standard output, everything else to standard error.
# Leaves handshake.pcapng in the current directory, or the capture where --pcapng says, and nothing else. The exit code is that of `usertcp get`.

# shellcheck disable=SC2317 # many functions are called by traps or by with_lock, which shellcheck does not follow
set -euo pipefail
shopt -s inherit_errexit
export PATH=$PATH:/usr/sbin:/sbin DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

self=$(readlink -f "${BASH_SOURCE[0]}")
here=${self%/*}
project=$here/src/UserTcp.Cli
cli=$project/bin/Release/net10.0/UserTcp.Cli.dll
state=/run/usertcp  # what running copies have changed on this machine, and how to change it back
unavailable=45      # the exit code for "no TAP to be had"; `usertcp` uses the same
dotnet=
work=               # this copy's own folder; it goes when the copy ends
child=              # the process that a signal is handed on to
server=             # the lesson's server, inside the namespace
url=                # what to fetch; empty for the lesson
options=()          # what else was typed
own_capture=        # whether the caller has said where the capture goes
outputs=()          # files that `usertcp` makes for the caller

say() { printf 'run-tap: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# ------------------------------------------------------------------------------------------ the caller and their SDK

under_sudo() { [[ $EUID -eq 0 && -n ${SUDO_USER:-} && ${SUDO_UID:-0} -ne 0 ]]; }

# Runs a command as the person who typed, also under sudo: nothing in their folders shall end up owned by root.
as_caller() {
  if under_sudo; then
    sudo -H -u "$SUDO_USER" env "PATH=$PATH" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 "$@"
  else
    "$@"
  fi
}

caller_home() {
  if under_sudo; then getent passwd "$SUDO_USER" | cut -d: -f6; else printf '%s\n' "${HOME:-/root}"; fi
}

# sudo forgets DOTNET_ROOT and the caller's PATH, so the usual places are looked at as well.
find_sdk() {
  local home candidate
  home=$(caller_home)
  for candidate in "${DOTNET_ROOT:-/usr}/dotnet" "$(command -v dotnet || true)" "$home/.dotnet/dotnet" \
    {/usr/share,/usr/lib,/usr/lib64,/usr/local/share,/opt}/dotnet/dotnet /snap/bin/dotnet; do
    if [[ -x $candidate && ! -d $candidate ]] && "$candidate" --list-sdks 2>/dev/null | grep -q '^10\.'; then
      dotnet=$candidate
      return
    fi
  done
  say "the .NET 10 SDK was not found. Install it, without root, with:"
  say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
  exit "$unavailable"
}

sources_newer_than() {
  find "$here/src" "$here"/Directory.*.props "$here/global.json" \( -name bin -o -name obj \) -prune -o -type f -newer "$1" -print -quit
}

# Builds when a source is newer than the last build. Two copies must not build at once.
build() {
  local stamp=$project/obj/run-tap.stamp lock
  exec {lock}<"$self" # not a file of the build: .NET takes a lock for "being written"
  flock "$lock"
  if [[ ! -e $cli || ! -e $stamp || -n $(sources_newer_than "$stamp") ]]; then
    say "building (the first time takes half a minute)"
    # No build servers: they would outlive this script.
    as_caller "$dotnet" msbuild "$project" -restore -p:Configuration=Release -verbosity:quiet -nologo -p:UseSharedCompilation=false -nodeReuse:false >&2 \
      || fail "the build failed"
    as_caller touch "$stamp"
  fi
  exec {lock}<&-
}

# ------------------------------------------------------------------------------------------ the command line

# The URL may stand anywhere: whoever comes from curl writes it last.
read_command_line() {
  local word name previous='' chosen_here=' --tap --address --gateway --twin '
  for word; do
    if [[ -z $url && $word != -* && (${#options[@]} -eq 0 || $word == *://*) ]]; then
      url=$word
    else
      options+=("$word")
    fi
  done
  [[ -n $url ]] || chosen_here+='--dns --ca '
  for word in "${options[@]}"; do
    name=${word%%[=:]*}
    if [[ $chosen_here == *" $name "* ]]; then
      say "$name is chosen by this script here. To choose it yourself:  $dotnet $cli get --help"
      exit 2
    fi
    [[ " -o --output --pcapng --keylog " != *" $previous "* ]] || note_output "$previous" "$word"
    [[ $name == "$word" || " -o --output --pcapng --keylog " != *" $name "* ]] || note_output "$name" "${word#*[=:]}"
    previous=$word
  done
}

note_output() {
  [[ $1 != --pcapng ]] || own_capture=yes
  [[ -e $2 ]] || outputs+=("$2")
}

# Files that were not there before are the caller's, also under sudo.
hand_over_outputs() {
  local file
  under_sudo || return 0
  for file in "${outputs[@]}"; do
    [[ ! -f $file || -L $file ]] || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$file"
  done
}

# ------------------------------------------------------------------------------------------ start and end

# Only for subshells and background jobs: it becomes the command. Without diagnostics no socket of the runtime stays in /tmp after a kill.
usertcp() { DOTNET_EnableDiagnostics=0 exec "$dotnet" "$cli" "$@"; }

# Runs a command in the background, so that a signal to this script is acted on at once; returns the command's exit code.
run_child() {
  local code=0
  "$@" &
  child=$!
  wait "$child" || code=$?
  child=
  return "$code"
}

stop() {
  kill -TERM "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_child() {
  [[ -z $child ]] || stop "$child"
  child=
}

interrupted() {
  trap '' INT TERM HUP
  say "interrupted; cleaning up"
  stop_child
  exit "$1"
}

clean_up() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  stop_child
  hand_over_capture || true
  hand_over_outputs || true
  [[ -z $url || $EUID -ne 0 || ! -d $state ]] || with_lock take_back "$$" || say "not everything could be undone; the next run tries again ($state)"
  [[ -z $work || ! -O $work ]] || rm -rf "$work"
  exit "$code"
}

# Folders that killed copies have left go first: each name tells whose it is.
make_work_folder() {
  local folder pid
  for folder in "${TMPDIR:-/tmp}"/usertcp-run.*; do
    pid=${folder##*/usertcp-run.} pid=${pid%%.*}
    [[ ! -O $folder || ! $pid =~ ^[0-9]+$ || -d /proc/$pid ]] || rm -rf "$folder"
  done
  # The name is known before the folder is made, so that no signal comes between; mkdir takes no folder that is already there.
  work=${TMPDIR:-/tmp}/usertcp-run.$$.$RANDOM$RANDOM
  mkdir -m 700 "$work"
}

# The capture appears whole or not at all, written with the caller's rights: another copy may do the same now.
hand_over_capture() {
  local target=$PWD/handshake.pcapng
  [[ -n $work && -s $work/handshake.pcapng ]] || return 0
  # shellcheck disable=SC2016 # the inner shell expands its own arguments
  if as_caller sh -c 'cat > "$1.$2" && mv -f "$1.$2" "$1"' sh "$target" "$$" <"$work/handshake.pcapng" 2>/dev/null; then
    say "the capture is in $target; Wireshark opens it already decrypted"
  else
    say "the capture could not be written to $target: run this from a folder of yours"
  fi
}

# Says what is missing, each with the command that mends it, and gives up.
give_up() {
  say "$@"
  (usertcp doctor) >&2 || true
  say "without a TAP and without root:  $dotnet $cli handshake --twin"
  exit "$unavailable"
}

tun_opens() { [[ -r /dev/net/tun && -w /dev/net/tun ]]; }

# ------------------------------------------------------------------------------------------ the lesson: a world of its own

lesson_host=page.lesson.test # RFC 6761 6.2: .test is nobody's
lesson_server=10.0.0.1
lesson_client=10.0.0.2

# The namespace has no name: it ends with its last process, however that ends.
run_lesson() {
  local namespace
  tun_opens || give_up "/dev/net/tun cannot be opened, so there is no TAP to be had here"
  if [[ $EUID -eq 0 ]] && unshare --net true 2>/dev/null; then
    namespace=(unshare --net)
  elif unshare --map-root-user --net true 2>/dev/null; then
    namespace=(unshare --map-root-user --net)
  else
    give_up "no network namespace can be made here, neither as root nor with 'unshare -rn'"
  fi
  run_child "${namespace[@]}" bash "$self" --inside "$dotnet" "$work" "$@"
}

# Nothing of ours may outlive the folder that it works in.
end_lesson() {
  trap '' TERM
  stop_child
  [[ -z $server ]] || stop "$server"
}

# What runs inside the namespace. The server ends when its standard input does, and so with this shell.
inside_namespace() {
  local folder=$2 ready='' code=0
  dotnet=$1
  shift 2
  trap 'end_lesson; exit 143' TERM
  coproc lesson { usertcp lesson-server --tap tap0 --address "$lesson_server/24" --host "$lesson_host" --write-ca "$folder/ca.pem"; }
  # shellcheck disable=SC2154 # coproc sets lesson_PID
  server=$lesson_PID
  local input=${lesson[1]} output=${lesson[0]}
  read -r -t 60 ready <&"$output" || true
  [[ $ready == ready* ]] || fail "the lesson's server did not start"
  run_child usertcp get --tap tap0 --address "$lesson_client/24" --gateway "$lesson_server" --dns "$lesson_server" --ca "$folder/ca.pem" \
    --no-offload --ladder "https://$lesson_host/" "$@" || code=$?
  exec {input}>&-
  wait "$server" || true
  exit "$code"
}

# ------------------------------------------------------------------------------------------ a real server: changes to this machine, and back
#
# Every running copy has a file $state/copy.PID: its start time, the devices whose forwarding it needs, and for each change the command
# that undoes it, written before the change is made. $state/forwarding.DEVICE keeps a setting's former value until no copy needs it changed.

# One copy at a time. A subshell, so that the lock ends with it in every case. The last copy removes the folder, the lock with it; who has
# waited for a lock that is gone asks again.
with_lock() (
  lock=
  until [[ -n $lock && $state/lock -ef /proc/self/fd/$lock ]]; do
    install -d -m 700 "$state"
    exec {lock}>"$state/lock" || continue
    flock "$lock"
  done
  "$@"
  compgen -G "$state/[!l]*" >/dev/null || rm -rf "$state"
)

undo_with() { printf 'undo %s\n' "$*" >>"$state/copy.$$"; }

# A process number can have been given to another process since; together with its start time it cannot.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20 || true; }

register() {
  {
    printf 'start %s\n' "$(start_time "$$")"
    printf 'device %s\n' "$@"
  } >"$state/new.$$"
  mv "$state/new.$$" "$state/copy.$$"
}

remove_leftovers() {
  local file pid
  for file in "$state"/copy.*; do
    pid=${file##*.}
    [[ -e $file && $(start_time "$pid") != "$(sed -n 's/^start //p' "$file")" ]] || continue
    say "removing what a killed run (process $pid) has left"
    take_back "$pid"
  done
}

# Undoes what a copy has changed, last change first; forwarding only when no other copy needs it.
take_back() {
  local mine=$state/ending.$1 line device
  rm -f "$state/new.$1"
  [[ -e $state/copy.$1 ]] || return 0 # it ended before it changed anything
  mv "$state/copy.$1" "$mine"
  tac "$mine" | sed -n 's/^undo //p' | while read -ra line; do
    "${line[@]}" 2>/dev/null || true
  done
  sed -n 's/^device //p' "$mine" | while read -r device; do
    grep -qsxF "device $device" "$state"/copy.* || restore_forwarding "$device"
  done
  rm -f "$mine"
}

forwarding() { printf '/proc/sys/net/ipv4/conf/%s/forwarding' "$1"; }

# Only on the devices that carry the way out: the machine-wide switch would change every interface.
switch_on_forwarding() {
  local was
  was=$(cat "$(forwarding "$1")")
  [[ $was == 0 ]] || return 0
  printf '%s\n' "$was" >"$state/forwarding.$1"
  say "switching on IPv4 forwarding on $1; the last copy of this script switches it off again"
  echo 1 >"$(forwarding "$1")"
}

restore_forwarding() {
  local saved=$state/forwarding.$1
  [[ -e $saved ]] || return 0
  [[ ! -e $(forwarding "$1") ]] || cat "$saved" >"$(forwarding "$1")"
  rm -f "$saved"
}

# Whether a /30 has nothing to do with any route of this machine but a default one.
is_free() {
  [[ -z $(ip -4 route show table all root "$1") ]] && ! ip -4 route show table all match "$1" | grep -qv '^[a-z ]*default'
}

# Prints a /30 that is free, without its last number, and that number: "10.213.7. 4".
free_network() {
  local base try last=$((($$ / 256 % 64) * 4))
  for base in 10.213 172.29 198.18 100.99; do
    for ((try = 0; try < 256; try++)); do
      if is_free "$base.$((($$ + try) % 256)).$last/30"; then
        printf '%s.%s. %s\n' "$base" "$((($$ + try) % 256))" "$last"
        return
      fi
    done
  done
  fail "no free range of addresses among 10.213/16, 172.29/16, 198.18/16 and 100.99/16"
}

# Opens the way: TAP, addresses, forwarding, NAT. Leaves "router ours" in $work/addresses. Called with the lock held.
open_way() {
  local tap=$1 mtu=$2 prefix last device
  shift 2
  remove_leftovers
  register "$@"
  read -r prefix last < <(free_network)
  printf '%s %s\n' "$prefix$((last + 1))" "$prefix$((last + 2))" >"$work/addresses"
  undo_with ip link delete dev "$tap"
  ip tuntap add dev "$tap" mode tap
  ip link set dev "$tap" addrgenmode none 2>/dev/null || true # no IPv6 chatter in the capture
  ip address add "$prefix$((last + 1))/30" dev "$tap"
  ip link set dev "$tap" mtu "$mtu" up
  for device in "$tap" "$@"; do
    [[ -w $(forwarding "$device") ]] || fail "$(forwarding "$device") cannot be written; in a container, start it with --privileged"
  done
  echo 1 >"$(forwarding "$tap")"
  for device in "$@"; do switch_on_forwarding "$device"; done
  translate "$tap" "$prefix$((last + 2))"
  let_through "$tap"
}

# ------------------------------------------------------------------------------------------ a real server: address translation and packet filters

translate() {
  local tap=$1 ours=$2
  if have nft; then
    undo_with nft delete table ip "usertcp_$tap"
    nft -f - 2>/dev/null <<EOF && return
table ip usertcp_$tap {
  chain postrouting {
    type nat hook postrouting priority 100;
    ip saddr $ours oifname != "$tap" masquerade
  }
}
EOF
  fi
  have iptables || fail "nft cannot translate addresses on this kernel, and iptables is not installed"
  undo_with iptables -w -t nat -D POSTROUTING -s "$ours" ! -o "$tap" -j MASQUERADE
  iptables -w -t nat -A POSTROUTING -s "$ours" ! -o "$tap" -j MASQUERADE
}

# Chains that see forwarded packets, one "family table chain" a line. Each may drop what the others accept.
forward_chains() {
  have nft || return 0
  nft list chains 2>/dev/null | awk '
    $1 == "table" { family = $2; table = $3 }
    $1 == "chain" { chain = $2 }
    /type filter hook forward/ && (family == "ip" || family == "inet") { print family, table, chain }' || true
}

with_firewalld() { have firewall-cmd && firewall-cmd --state >/dev/null 2>&1; }

# Docker, ufw and others keep rules in iptables. Where it is in use it is used; it is not brought to life, since its tables would stay.
iptables_in_use() {
  have iptables || return 1
  ! have nft || [[ $(forward_chains) == *"ip filter FORWARD"* ]] || grep -qsx filter /proc/net/ip_tables_names
}

# Lets the TAP's packets out, and answers in, past policies that drop.
let_through() {
  local tap=$1 family table chain
  if iptables_in_use; then
    undo_with iptables -w -D FORWARD -o "$tap" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    iptables -w -I FORWARD -o "$tap" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    undo_with iptables -w -D FORWARD -i "$tap" -j ACCEPT
    iptables -w -I FORWARD -i "$tap" -j ACCEPT
  fi
  if with_firewalld; then
    undo_with firewall-cmd -q --zone=trusted --remove-interface="$tap"
    firewall-cmd -q --zone=trusted --add-interface="$tap" || say "firewalld did not take $tap into its trusted zone; it may drop packets"
  fi
  forward_chains | while read -r family table chain; do
    if { [[ $table == firewalld ]] && with_firewalld; } || { [[ "$family $table $chain" == "ip filter FORWARD" ]] && have iptables; }; then
      continue
    fi
    undo_with remove_rules "$family" "$table" "$chain" "$tap"
    nft insert rule "$family" "$table" "$chain" oifname "$tap" ct state related,established accept comment "\"usertcp $tap\""
    nft insert rule "$family" "$table" "$chain" iifname "$tap" accept comment "\"usertcp $tap\""
  done
}

remove_rules() {
  local family=$1 table=$2 chain=$3 tap=$4 handle
  nft -a list chain "$family" "$table" "$chain" | sed -n "s/.*comment \"usertcp $tap\".*# handle //p" | while read -r handle; do
    nft delete rule "$family" "$table" "$chain" handle "$handle"
  done
}

# ------------------------------------------------------------------------------------------ a real server: names and ways

# Prints "device mtu" of the way to an address; nothing when there is none or it is this machine itself.
way_to() {
  local route device mtu limit
  route=$(ip -4 route get "$1" 2>/dev/null) || return 0
  device=$(sed -nE 's/.* dev ([^ ]+).*/\1/p' <<<"$route")
  [[ -n $device && $device != lo ]] || return 0
  mtu=$(ip -o link show dev "$device" | sed -nE 's/.* mtu ([0-9]+).*/\1/p')
  limit=$(sed -nE 's/.* mtu (lock )?([0-9]+).*/\2/p' <<<"$route")
  [[ -z $limit || $limit -ge $mtu ]] || mtu=$limit
  printf '%s %s\n' "$device" "$mtu"
}

host_of() {
  local host=${1#*://}
  host=${host%%[/?#]*}
  host=${host##*@}
  printf '%s\n' "${host%%:*}"
}

is_address() { [[ $1 =~ ^[0-9]+(\.[0-9]+){3}$ ]]; }

run_url() {
  local tap=ut$$ mtu=65535 host address way router ours destinations=() devices=()
  [[ $EUID -eq 0 ]] || give_up "a way out for the TAP needs root: sudo $0 $url"
  tun_opens || give_up "/dev/net/tun cannot be opened, so there is no TAP to be had here"
  have ip || give_up "a way out for the TAP needs the command ip"
  have nft || have iptables || give_up "a way out for the TAP needs nft or iptables"

  # Packets come back from wherever they went: the server, or the default route, and the name servers that the stack will ask.
  host=$(host_of "$url")
  if is_address "$host"; then
    destinations=("$host")
  else
    mapfile -t destinations < <(usertcp name-servers)
    destinations+=(198.51.100.1) # RFC 5737: nobody's, so it takes the default route
  fi
  for address in "${destinations[@]}"; do
    way=$(way_to "$address")
    [[ -n $way ]] || continue
    [[ ${#devices[@]} -gt 0 && " ${devices[*]} " == *" ${way% *} "* ]] || devices+=("${way% *}")
    [[ ${way#* } -ge $mtu ]] || mtu=${way#* }
  done
  [[ ${#devices[@]} -gt 0 ]] || fail "no way leads from a TAP to $host: it is this machine itself, or 'ip -4 route' shows none"

  with_lock open_way "$tap" "$mtu" "${devices[@]}"
  read -r router ours <"$work/addresses"
  run_child usertcp get --tap "$tap" --address "$ours/30" --gateway "$router" --ladder "$url" "$@"
}

# ------------------------------------------------------------------------------------------

main() {
  trap clean_up EXIT
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  trap 'interrupted 129' HUP
  [[ $(uname -s) == Linux ]] || fail "a TAP needs Linux"
  find_sdk
  read_command_line "$@"
  build
  make_work_folder
  [[ -n $own_capture ]] || options+=(--pcapng "$work/handshake.pcapng")
  # The last command's exit code is the script's.
  if [[ -n $url ]]; then
    run_url "${options[@]}"
  else
    run_lesson "${options[@]}"
  fi
}

case ${1:-} in
  -h | --help) sed -n '3,/^$/s/^# \{0,1\}//p' "$self" ;;
  --inside)
    shift
    inside_namespace "$@"
    ;;
  *) main "$@" ;;
esac
