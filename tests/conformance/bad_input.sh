#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Connections as they should not be, to the real server; then what all programs printed, with gRPC's own log, is
# searched for the secrets they were given.
#   tests/conformance/bad_input.sh BAD-INPUT TIMELAPSE WORK      (beside with_real_server.sh)
set -euo pipefail
bad_input=$1
timelapse=$2
work=$3
mkdir -p "$work"

secret() { openssl rand -hex 16; }
JUDGE_RIGHT_KEY=$(secret) JUDGE_NEXT_KEY=$(secret) JUDGE_WRONG_KEY=$(secret) JUDGE_PASSWORD=$(secret)
JUDGE_BASIC=$(printf 'judge:%s' "$JUDGE_PASSWORD" | base64 -w 0)
export JUDGE_RIGHT_KEY JUDGE_NEXT_KEY JUDGE_WRONG_KEY JUDGE_PASSWORD JUDGE_BASIC
export GRPC_VERBOSITY=DEBUG

status=0
"$bad_input" > "$work/told" 2> "$work/log" || status=$?
cat "$work/told"

# What a user meets: the same by the TEMPORAL_* variables alone.
refused() { # WORDS NAME=VALUE...
    local words=$1 text
    shift
    if text=$(env "$@" "$timelapse" history fetch --output "$work" nobody 2>&1) || [[ $text != *"$words"* ]]; then
        echo "FAILED  timelapse history fetch with ${*%%=*}: $(tail -n 1 <<< "$text")"
        status=1
    fi
    echo "$text" >> "$work/log"
}
tls=(TEMPORAL_ADDRESS="$JUDGE_TLS_ADDRESS" TEMPORAL_TLS_SERVER_CA_CERT_PATH="$JUDGE_CERTIFICATES/ca.pem")
refused "does not accept the API key" "${tls[@]}" TEMPORAL_NAMESPACE=keyed TEMPORAL_API_KEY="$JUDGE_WRONG_KEY"
refused "no API key is given" "${tls[@]}" TEMPORAL_NAMESPACE=keyed
refused "no such namespace" "${tls[@]}" TEMPORAL_NAMESPACE=absent
refused "the client's certificate expired" "${tls[@]}" TEMPORAL_ADDRESS="$JUDGE_MTLS_ADDRESS" \
    TEMPORAL_TLS_CLIENT_CERT_PATH="$JUDGE_CERTIFICATES/expired-client.pem" \
    TEMPORAL_TLS_CLIENT_KEY_PATH="$JUDGE_CERTIFICATES/expired-client.key"

{
    printf '%s\n' "$JUDGE_RIGHT_KEY" "$JUDGE_NEXT_KEY" "$JUDGE_WRONG_KEY" "$JUDGE_PASSWORD" "$JUDGE_BASIC"
    printf 'judge:%s' "$JUDGE_WRONG_KEY" | base64 -w 0 && echo
    sed '/-----/d' "$JUDGE_CERTIFICATES"/*client.key
} > "$work/secrets"
if grep -F -n -f "$work/secrets" "$work/told" "$work/log"; then
    echo "FAILED  a secret is told"
    status=1
else
    echo "secrets: none in $(wc -l < "$work/told") lines told and $(wc -l < "$work/log") of the log"
fi
rm -f "$work/secrets"
exit $status
