#!/usr/bin/env bash
# The whole of what the normal test run takes a sample of: every server × key × size × offload downloaded, 100 MiB up to every server, and openssl s_server
# with every key × suite × group × signature scheme. Needs root; takes some minutes to half an hour. With --filter-class one of the three by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- --filter-class '*.DownloadTests' --filter-class '*.UploadTests' --filter-class '*.OpenSslMatrixTests'
USERTCP_INTEROP=full exec dotnet run -c Release --project tests/UserTcp.Interop.Tests -- "$@"
