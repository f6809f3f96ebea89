# Finds the Bun that this version of Nuncio is pinned to; sourced by bin/nuncio and tools/bun.
#
# nuncio_find_bun ROOT sets NUNCIO_BUN to its path, or returns 1. ROOT is the folder that holds bin/. Only built-in
# commands on the usual way, because this runs at every start of the proxy.

# The platform packages hold the executable itself, so an install without scripts is enough. A package manager may put
# them beside Nuncio (checkout), above it (hoisted) or inside node_modules/bun (nested).
nuncio_bun_in() {
  for nuncio_package in $nuncio_packages; do
    for nuncio_at in "$1/@oven" "$1/bun/node_modules/@oven"; do
      if [ -x "$nuncio_at/$nuncio_package/bin/bun" ]; then
        NUNCIO_BUN=$nuncio_at/$nuncio_package/bin/bun
        return 0
      fi
      # The install script of npm's package `bun`, where scripts may run, moves the executable over to that package.
      if [ -d "$nuncio_at/$nuncio_package" ] && [ -x "$1/bun/bin/bun.exe" ]; then
        NUNCIO_BUN=$1/bun/bin/bun.exe
        return 0
      fi
    done
  done
  return 1
}

# Best first. The plain x64 build needs AVX2. Of the two C libraries, npm installs only the package that fits.
nuncio_packages_for_machine() {
  case "$(uname -sm)" in
    'Linux x86_64')
      if grep -q -m1 -w avx2 /proc/cpuinfo; then
        nuncio_packages='bun-linux-x64 bun-linux-x64-baseline bun-linux-x64-musl bun-linux-x64-musl-baseline'
      else
        nuncio_packages='bun-linux-x64-baseline bun-linux-x64-musl-baseline'
      fi
      ;;
    'Linux aarch64') nuncio_packages='bun-linux-aarch64 bun-linux-aarch64-musl' ;;
    'Darwin arm64') nuncio_packages='bun-darwin-aarch64' ;;
    'Darwin x86_64') nuncio_packages='bun-darwin-x64 bun-darwin-x64-baseline' ;;
    *) nuncio_packages='' ;;
  esac
}

nuncio_find_bun() {
  nuncio_packages_for_machine
  nuncio_above=$1
  while :; do
    nuncio_bun_in "${nuncio_above%/}/node_modules" && return 0
    [ "$nuncio_above" != / ] && [ -n "$nuncio_above" ] || break
    nuncio_above=${nuncio_above%/*}
  done
  # What npm's own package `bun` put there in its install script (a text file when scripts were off, so try it).
  NUNCIO_BUN=$1/node_modules/bun/bin/bun.exe
  [ -x "$NUNCIO_BUN" ] && "$NUNCIO_BUN" --version >/dev/null 2>&1
}
