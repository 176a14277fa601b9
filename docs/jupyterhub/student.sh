#!/bin/sh
# A student's server, in a copy of the workbook of their own, with the packages of the class. The copy is
# made at the first visit, without the teacher's own work. (git does not clone what somebody else owns.)
set -e
class=$(cd "$(dirname "$0")/../.." && pwd)
copy="$HOME/workbook"
if [ ! -e "$copy" ]; then
    mkdir -p "$copy.part"
    tar -C "$class" --exclude=./.venv --exclude=./work --exclude=./results -cf - . | tar -C "$copy.part" -xf -
    mv "$copy.part" "$copy"  # last: what was interrupted is copied again
fi
export PATH="$class/.venv/bin:$PATH"
exec "$copy/.binder/start" jupyterhub-singleuser "$@"
