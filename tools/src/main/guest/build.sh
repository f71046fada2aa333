#!/bin/sh
# Assembles and links the embedded guests: build.sh OUTDIR
# The result does not depend on where the sources lie, only on the version of binutils.
set -eu
out=$(mkdir -p "${1:?usage: build.sh OUTDIR}" && cd "$1" && pwd)
cd "$(dirname "$0")"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

guest() { # guest NAME: its own sources lie in the folder NAME
    list=
    for source in common/*.s "$1"/*.s; do
        object=$objects/$1-$(basename "$source" .s).o
        as --64 -g -I common -I "$1" --debug-prefix-map "$PWD=tools/src/main/guest" -o "$object" "$source"
        list="$list $object"
    done
    # shellcheck disable=SC2086
    ld -n --no-warn-rwx-segments --build-id=none -z noexecstack -T common/guest.ld -o "$objects/$1.elf" $list
    # Constants (in capitals) are of no use to a debugger: they would only name small numbers.
    objcopy --wildcard --strip-symbol='[A-Z]*' "$objects/$1.elf" "$out/$1.elf"
}

LC_ALL=C
export LC_ALL
guest racer
[ ! -d selftest ] || guest selftest
