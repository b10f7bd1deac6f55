#!/usr/bin/env bash
# Every server × key × size × offload, where the normal test run takes a sample of pairs. Needs root; takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
USERTCP_INTEROP=full exec dotnet run -c Release --project tests/UserTcp.Interop.Tests -- --filter-class '*.DownloadTests' "$@"
