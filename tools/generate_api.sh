#!/bin/sh
# SPDX-License-Identifier: MIT
# Generates protobuf-c sources of the whole Temporal API.
#   tools/generate_api.sh PROTOS OUT
# PROTOS: a folder with api_upstream/ and testsrv_upstream/ (the npm package), or a checkout of
#         temporalio/api. OUT: where *.pb-c.[ch] and sources.txt (the .c files, one a line) go.
# Copies of the .proto files get a short C package: messages are Pb__HistoryEvent, enumerators
# PB__EVENT_TYPE__EVENT_TYPE_TIMER_FIRED; packages whose names would clash keep their own word.
set -eu
protos=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a checkout of temporalio/api lacks; the npm package's own files overwrite it.
cp -R "$(dirname "$0")/schema/." "$work"
rm "$work/README.md"
for root in api_upstream testsrv_upstream .; do
    for part in temporal google/api nexusannotations google/rpc/status.proto grpc/health; do
        if [ -e "$protos/$root/$part" ]; then
            mkdir -p "$work/$(dirname "$part")"
            cp -R "$protos/$root/$part" "$work/$(dirname "$part")/"
        fi
    done
done
chmod -R u+w "$work"
for known in any descriptor duration empty field_mask struct timestamp wrappers; do
    mkdir -p "$work/google/protobuf"
    cp "/usr/include/google/protobuf/$known.proto" "$work/google/protobuf/"
done

c_package() {
    case $1 in
        temporal.api.nexus.*) echo pb.nexus ;;
        temporal.api.export.*) echo pb.export ;;
        temporal.api.update.*) echo pb.update ;;
        temporal.api.activity.*) echo pb.activity ;;
        temporal.api.callback.*) echo pb.callback ;;
        temporal.api.workflow.*) echo pb.workflow ;;
        temporal.api.nexusservices.*) echo pb.nexusservices ;;
        temporal.api.compute.*) echo pb.compute ;;
        google.api*) echo pb.http ;;
        google.rpc*) echo pb.rpc ;;
        grpc.health*) echo pb.health ;;
        *) echo pb ;;
    esac
}

cd "$work"
find . -name '*.proto' | sed 's|^\./||' | LC_ALL=C sort > files.txt
while read -r file; do
    case $file in google/protobuf/descriptor.proto) continue ;; esac
    package=$(sed -n 's/^package \([^;]*\);.*/\1/p' "$file" | head -1)
    {
        echo
        echo 'import "protobuf-c/protobuf-c.proto";'
        echo "option (pb_c_file).c_package = \"$(c_package "$package")\";"
        echo 'option (pb_c_file).gen_pack_helpers = false;'
    } >> "$file"
done < files.txt
# shellcheck disable=SC2046
protoc -I. -I/usr/include --c_out="$out" $(cat files.txt)
find "$out" -name '*.pb-c.c' | LC_ALL=C sort > "$out/sources.txt"
