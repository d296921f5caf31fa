#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The order saga as it is, worker and client in processes of their own, told where to go by TEMPORAL_* alone: in the
# clear, and with mutual TLS. The worker is asked to stop by SIGTERM, and ends well. Shipping takes twenty seconds.
#   tests/conformance/order_saga.sh DIRECTORY-OF-PROGRAMS      (beside with_real_server.sh)
set -euo pipefail
programs=$1

orders() { # NAME
    local delivered="{\"receipt\": \"receipt of order-$1\", \"parcel\": \"parcel of order-$1\"}"
    local result
    "$programs/order_saga_worker" &
    worker=$!
    trap 'kill "$worker" 2> /dev/null || true' EXIT
    result=$("$programs/place_order" "order-$1" 40)
    [[ $result == "$delivered" ]] || { echo "$1: $result"; exit 1; }
    if "$programs/place_order" "bad-order-$1" 0 2> /dev/null; then
        echo "$1: an order of nothing was taken"
        exit 1
    fi
    kill -TERM "$worker"
    wait "$worker" || { echo "$1: the worker ended with $?"; exit 1; }
    echo "order saga, $1: delivered; the worker stopped when asked"
}

(TEMPORAL_ADDRESS=$JUDGE_ADDRESS orders plain) &
plain=$!
(TEMPORAL_ADDRESS=$JUDGE_MTLS_ADDRESS TEMPORAL_NAMESPACE=mtls \
    TEMPORAL_TLS_SERVER_CA_CERT_PATH=$JUDGE_CERTIFICATES/ca.pem \
    TEMPORAL_TLS_CLIENT_CERT_PATH=$JUDGE_CERTIFICATES/client.pem \
    TEMPORAL_TLS_CLIENT_KEY_PATH=$JUDGE_CERTIFICATES/client.key \
    orders mtls) &
wait "$plain"
wait "$!"
