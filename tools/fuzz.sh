#!/usr/bin/env bash
# Fuzzes targets of tools/Fuzz with AFL++'s coverage guidance, one after the other, and says what was found.
#   tools/fuzz.sh SECONDS [TARGET]...
# Needs afl-fuzz (Debian: apt-get install afl++). Corpora and findings stay in $FUZZ_DIR, by default a folder "fuzz" in the system's temporary one, and a later run goes
# on from there. Ends with 1 when there are crashes or hangs; how to look at one is in tools/Fuzz/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ $# -lt 1 ]; then
  sed -n '2,5s/^# *//p' "$0" >&2
  exit 2
fi
command -v afl-fuzz >/dev/null || { echo "fuzz: afl-fuzz is missing; on Debian and Ubuntu: apt-get install afl++" >&2; exit 1; }
seconds=$1
shift
dir=$(realpath -m "${FUZZ_DIR:-${TMPDIR:-/tmp}/fuzz}")
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_NOLOGO=1
mkdir -p "$dir"

dotnet build tools/Fuzz -c Release -v quiet
fuzz=tools/Fuzz/bin/Release/net10.0/Fuzz.dll
# The tests run the code as it is; only this copy counts which branches are taken.
rm -rf "$dir/instrumented"
cp -r tools/Fuzz/bin/Release/net10.0 "$dir/instrumented"
version=$(sed -n 's/.*Include="SharpFuzz" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
[ -x "$dir/tool-$version/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version "$version" --tool-path "$dir/tool-$version" >/dev/null
for assembly in "UserTcp.dll" "UserTcp.Tls.dll" "BouncyCastle.Cryptography.dll Org.BouncyCastle.Asn1"; do
  # shellcheck disable=SC2086 # the words after the file are the namespaces to instrument
  (cd "$dir/instrumented" && DOTNET_ROLL_FORWARD=Major "$dir/tool-$version/sharpfuzz" $assembly)
done

# The target is no binary of afl's, and its crashes are exceptions that SharpFuzz reports.
export AFL_SKIP_BIN_CHECK=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_AUTORESUME=1
# Code that is compiled anew while it runs makes the same input look different.
export DOTNET_TieredPGO=0
status=0
for target in "${@:-$(dotnet "$fuzz" list)}"; do
  for name in $target; do
    seeds=$dir/$name/seeds
    # A target that was built anew may begin with other inputs; a run that goes on takes them from its queue.
    if [ ! "$seeds" -nt "$fuzz" ]; then
      rm -rf "$seeds"
      dotnet "$fuzz" seeds "$name" "$seeds"
      [ ! -d "$dir/$name/out/default/queue" ] || cp "$seeds"/* "$dir/$name/out/default/queue/"
    fi
    afl-fuzz -i "$seeds" -o "$dir/$name/out" -t 10000 -m none -V "$seconds" -- dotnet "$dir/instrumented/Fuzz.dll" run "$name" >"$dir/$name/log" 2>&1 \
      || { tail -n 5 "$dir/$name/log" >&2; exit 1; }
    value() { sed -n "s/^$1 *: //p" "$dir/$name/out/default/fuzzer_stats"; }
    echo "$name: $(value execs_done) inputs, $(value corpus_count) kept, $(value saved_crashes) crashes, $(value saved_hangs) hangs"
    [ "$(value saved_crashes) $(value saved_hangs)" = "0 0" ] || status=1
  done
done
exit $status
