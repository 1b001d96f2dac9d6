#!/bin/sh
# MediaPipe and OpenCV load three graphics libraries that slim systems lack. Install them where
# that is possible without asking (Debian family, as root), else say which command does it.
set -eu
packages=""
for pair in libGL.so.1:libgl1 libEGL.so.1:libegl1 libGLESv2.so.2:libgles2 libgthread-2.0.so.0:libglib2.0-0; do
    library=${pair%%:*}
    ldconfig -p 2>/dev/null | grep -q "$library" || packages="$packages ${pair##*:}"
done
[ "$(uname -s)" = Linux ] && [ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
else
    echo "leglift needs these system libraries:$packages" >&2
    echo "on Debian or Ubuntu: sudo apt-get install$packages" >&2
    exit 1
fi
