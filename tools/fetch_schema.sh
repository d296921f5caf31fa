#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the folder that holds Temporal's .proto files, after fetching them when they are not there.
#   --check            fetches nothing; fails when they are not there
#   TIMELAPSE_API_DIR  a checkout of temporalio/api to use instead of the npm package
#   TIMELAPSE_CACHE    where fetched files are kept; default ~/.cache/timelapse
# The pinned npm package carries the API's .proto files beside binaries that are thrown away.
set -eu

package=@temporalio/core-bridge
version=1.24.0
sha256=5f58de2e98bdc4711be3cbb06cc08bc39cb274cbbac41d02f0352bfe1630a8f7
inside=package/sdk-core/crates/protos/protos

fail() {
    echo "fetch_schema.sh: $*" >&2
    exit 1
}

if [ -n "${TIMELAPSE_API_DIR:-}" ]; then
    [ -e "$TIMELAPSE_API_DIR/temporal/api/workflowservice/v1/service.proto" ] ||
        [ -e "$TIMELAPSE_API_DIR/api_upstream/temporal/api/workflowservice/v1/service.proto" ] ||
        fail "TIMELAPSE_API_DIR=$TIMELAPSE_API_DIR is no checkout of temporalio/api: it has no temporal/api/workflowservice/v1/service.proto"
    (cd "$TIMELAPSE_API_DIR" && pwd)
    exit 0
fi

cache=${TIMELAPSE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/timelapse}
protos=$cache/core-bridge-$version
if [ -d "$protos" ]; then
    echo "$protos"
    exit 0
fi

[ "${1:-}" != --check ] || exit 1
command -v npm > /dev/null || fail "npm is missing; it fetches the API's .proto files ($package@$version).
Install it (Debian: apt-get install npm), or set TIMELAPSE_API_DIR to a checkout of temporalio/api."
mkdir -p "$cache" || fail "$cache cannot be made; set TIMELAPSE_CACHE to a folder that can"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "fetching the API schema: npm pack $package@$version" >&2
(cd "$work" && npm pack --silent --loglevel=error "$package@$version" > name 2> log) || {
    cat "$work/log" >&2
    fail "npm could not fetch $package@$version; is there a network? TIMELAPSE_API_DIR may name a checkout of temporalio/api"
}
tarball=$work/$(tail -n 1 "$work/name")
echo "$sha256  $tarball" | sha256sum --check --status ||
    fail "$package@$version has another checksum than the pinned $sha256"
tar -xzf "$tarball" -C "$work" --wildcards "$inside/*.proto"
mv "$work/$inside" "$work/protos"
mv -T "$work/protos" "$protos" 2> /dev/null || [ -d "$protos" ] || fail "$protos cannot be written"
echo "$protos"
