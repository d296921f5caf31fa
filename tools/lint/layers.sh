#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks #include lines against tools/lint/layers.txt. Names file, line and what was included.
set -euo pipefail

tools/lint/sources.sh '*.c' '*.h' | xargs grep -n '^ *# *include' /dev/null | awk '
function folder_of(path,   folder) {
    for (folder = path; !(folder in sees);) {
        if (!sub(/\/[^\/]*$/, "", folder)) return ""
    }
    return folder
}

# The library that a <header> belongs to; "" for the C library and ours.
function library_of(header) {
    if (header ~ /^(protobuf-c\/|google\/|temporal\/|grpc\/health\/|grpc\/reflection\/|nexusannotations\/|timelapse\/server\/)/) return "protobuf"
    if (header ~ /^jansson/) return "jansson"
    if (header ~ /^cmocka/) return "cmocka"
    if (header ~ /^(elfutils\/|dwarf\.h|libelf|gelf)/) return "elfutils"
    if (header ~ /^grpc/) return "grpc"
    if (header ~ /^openssl\//) return "openssl"
    if (header ~ /^curl\//) return "curl"
    if (header ~ /^microhttpd/) return "microhttpd"
    if (header ~ /^nghttp2\//) return "nghttp2"
    if (header ~ /^uv\.h/) return "uv"
    if (header ~ /^(zlib|zstd)\.h/) return "compression"
    return ""
}

function allowed(list, name,   parts, n, i) {
    n = split(list, parts, " ")
    for (i = 1; i <= n; i++) {
        if (parts[i] == name || index(name, parts[i] "/") == 1) return 1
    }
    return 0
}

function complain(why) {
    printf "%s:%s: %s\n", file, line, why
    bad++
}

function check_quoted(header) {
    if (header !~ /\//) {
        if (!allowed(sees[folder], ".")) complain("\"" header "\" does not begin with its folder")
    } else if (!allowed(sees[folder], header) && !allowed(sees[folder], ".")) {
        complain(folder "/ may not include \"" header "\"; it sees: " sees[folder])
    }
}

FILENAME == table {
    if ($0 ~ /^#/ || NF == 0) next
    n = split($0, word, " ")
    libraries_of[word[1]] = ""; sees[word[1]] = ""
    for (i = 2; i <= n; i++) {
        if (word[i] ~ /^(protobuf|cmocka|elfutils|grpc|openssl|nghttp2|uv|compression)$/) libraries_of[word[1]] = libraries_of[word[1]] " " word[i]
        else sees[word[1]] = sees[word[1]] " " word[i]
    }
    next
}

{
    file = $0; sub(/:.*/, "", file)
    rest = substr($0, length(file) + 2)
    line = rest; sub(/:.*/, "", line)
    folder = folder_of(file)
    if (folder == "") { complain("its folder is not in " table); next }
    count++
    if (match(rest, /"[^"]*"/)) {
        check_quoted(substr(rest, RSTART + 1, RLENGTH - 2))
    } else if (match(rest, /<[^>]*>/)) {
        header = substr(rest, RSTART + 1, RLENGTH - 2)
        library = library_of(header)
        if (library != "" && !allowed(libraries_of[folder], library)) {
            complain(folder "/ may not use " library " (<" header ">)")
        }
    }
}

END {
    printf "%d includes, %d refused\n", count, bad
    exit bad > 0
}' table=tools/lint/layers.txt tools/lint/layers.txt -
