#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages of groups in tools/packages.txt that are missing.
#   tools/install_packages.sh GROUP...
# Asks nothing. Without rights or network it names what is missing and fails.
set -euo pipefail
export LC_ALL=C
list=$(dirname "$0")/packages.txt

# Packages of the groups whose command is not there; libraries too.
wanted() {
    local group package command
    while read -r group package command; do
        [[ " $groups " == *" $group "* ]] || continue
        [[ $command != - ]] && command -v "$command" > /dev/null && continue
        echo "$package"
    done < "$list"
}

missing() {
    local packages
    packages=$(wanted)
    [[ -n $packages ]] || return 0
    command -v dpkg-query > /dev/null || {
        # No Debian: commands can be named; libraries are left to CMake, which names them too.
        awk -v packages="$packages" -v groups=" $groups " '
            BEGIN { split(packages, p, "\n"); for (i in p) want[p[i]] = 1 }
            $3 != "-" && ($2 in want) && index(groups, " " $1 " ") { print $2 }' "$list"
        return 0
    }
    # shellcheck disable=SC2086
    comm -13 <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2> /dev/null |
        sed -n 's/^installed //p' | sort -u) <(sort -u <<< "$packages")
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif [[ -t 0 ]]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

give_up() {
    printf '%s\n' "$1" "These Debian packages are missing: $packages" \
        "Install them by: apt-get install $packages" >&2
    exit 1
}

groups="$*"
packages=$(missing | tr '\n' ' ')
packages=${packages% }
[[ -n $packages ]] || exit 0
command -v apt-get > /dev/null || give_up "There is no apt-get here."
[[ $(id -u) == 0 ]] || command -v sudo > /dev/null || give_up "Neither root nor sudo."

echo "installing Debian packages: $packages"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
{ as_root apt-get update -q && as_root apt-get install -q -y --no-install-recommends $packages; } > "$log" 2>&1 < /dev/null || {
    tail -n 20 "$log" >&2
    give_up "apt-get could not install them (its words stand above)."
}
