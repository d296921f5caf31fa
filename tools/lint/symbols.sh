#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the libraries export and need:
# - shared objects export tl_* (TIMELAPSE_0) and timelapse__* (TIMELAPSE_PRIVATE), archives define no
#   other global name; every TL_API function of the installed headers is defined, and no other tl_*
# - libraries, programs and unit tests link what is listed here and no more
set -euo pipefail
export LC_ALL=C
tree=build/release
status=0

complain() {
    echo "$*"
    status=1
}

system='libc\.so\.6|libm\.so\.6|ld-linux.*|libpthread\.so\.0|libgcc_s\.so\.1'

# needs FILE REGEX: the file's DT_NEEDED entries beside the C library's.
needs() {
    local library
    while read -r library; do
        [[ $library =~ ^($system|$2)$ ]] || complain "$1 links $library; it may link: ${2:-the C library}"
    done < <(readelf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}

exported() { # SHARED OBJECT
    nm --dynamic --extern-only --defined-only "$1" | awk '$2 != "A" { print $3 }'
}

defined() { # ARCHIVE
    nm --extern-only --defined-only --format=posix "$1" | awk 'NF >= 2 { print $1 }'
}

declared() {
    cat include/timelapse/*.h | tr '\n' ' ' | sed 's/TL_API/\n&/g' |
        sed -n 's/^TL_API [^;(]*[ *]\(tl_[a-z0-9_]*\)(.*/\1/p' | sort -u
}

# What stands in front of cmocka's own (cmake/timelapse-cmocka.map).
fronts='_fail|_function_called|_mock|_skip|_cmocka_run_group_tests|cm_print_error|print_error'
fronts+='|cmocka_set_(message_output|skip_filter|test_filter)'

libraries=()
for name in timelapse timelapse-grpc timelapse-sim timelapse-cmocka; do
    [[ -e $tree/lib/lib$name.so ]] || continue
    libraries+=("$tree/lib/lib$name.so")
    while read -r symbol; do
        complain "lib$name.so exports $symbol"
    done < <(exported "$tree/lib/lib$name.so" |
        grep -vE '^(tl_[a-z0-9_]+@@TIMELAPSE_0|timelapse__[A-Za-z0-9_]+@@TIMELAPSE_PRIVATE)$' |
        grep -vE "^($fronts)@@TIMELAPSE_0$" || true)
    while read -r symbol; do
        complain "lib$name.a defines $symbol"
    done < <(defined "$tree/lib/lib$name.a" | grep -vE "^(tl_|timelapse__|($fronts)$)" || true)
done

for file in "${libraries[@]}"; do exported "$file"; done | sed -n 's/^\(tl_.*\)@@.*/\1/p' | sort > build/exported
declared > build/declared
while read -r symbol; do
    complain "$symbol is declared in include/timelapse and defined nowhere"
done < <(comm -13 build/exported build/declared)
while read -r symbol; do
    complain "$symbol is exported and in no installed header"
done < <(comm -23 build/exported build/declared)
uniq -d build/exported | while read -r symbol; do echo "$symbol is exported twice"; done | grep . && status=1

wire='libgrpc\.so\.[0-9]+|libgpr\.so\.[0-9]+|libssl\.so\.3|libcrypto\.so\.3'
front='libnghttp2\.so\.14|libuv\.so\.1|libssl\.so\.3|libcrypto\.so\.3|libz\.so\.1'
ours='libtimelapse\.so\.0|libtimelapse-grpc\.so\.0|libtimelapse-sim\.so\.0|libtimelapse-cmocka\.so\.0'
core='libprotobuf-c\.so\.1|libboost_context\.so\.[0-9.]+|libdw\.so\.1|libelf\.so\.1'
for file in "${libraries[@]}"; do
    case $file in
        */libtimelapse.so) needs "$file" "$core" ;;
        */libtimelapse-grpc.so) needs "$file" "libtimelapse\.so\.0|libprotobuf-c\.so\.1|$wire" ;;
        */libtimelapse-sim.so) needs "$file" "libtimelapse\.so\.0|libprotobuf-c\.so\.1" ;;
        *) needs "$file" 'libtimelapse\.so\.0|libtimelapse-sim\.so\.0|libcmocka\.so\.0' ;;
    esac
done
while read -r program; do
    case $program in
        */bin/timelapse-server | */tests/server/*) needs "$program" "$core|libcmocka\.so\.0|$front" ;;
        */tests/transport/* | */tests/threads/* | */timelapse-bench-transport | */timelapse-bench-server | */bin/timelapse) needs "$program" "$core|libcmocka\.so\.0|$wire" ;;
        *) needs "$program" "$core|libcmocka\.so\.0|$ours" ;;
    esac
done < <(find build/bin "$tree/tests" -type f -perm -u+x 2> /dev/null | grep -vE '\.(sh|cmake|so[.0-9]*)$')

echo "note: $(wc -l < build/exported) public functions in ${#libraries[@]} libraries"
exit $status
