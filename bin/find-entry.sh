# Finds the program's file; sourced by bin/nuncio and tools/fresh-build.
#
# nuncio_find_entry ROOT sets NUNCIO_ENTRY. ROOT is the folder that holds bin/. A published package has dist/ only. In a
# checkout dist/ starts in half the time, so it is used as long as nothing is newer than what it was built from.
nuncio_find_entry() {
  NUNCIO_ENTRY=$1/dist/main.js
  if [ -f "$1/src/cli/main.ts" ] && ! nuncio_is_fresh "$1"; then NUNCIO_ENTRY=$1/src/cli/main.ts; fi
}

# The folders count too, as a deleted file leaves its trace only there. Whatever goes wrong means: not fresh.
nuncio_is_fresh() {
  [ -f "$1/dist/built" ] || return 1
  nuncio_newer=$(find "$1/src" "$1/schema" "$1/tools" "$1/package-lock.json" -newer "$1/dist/built" -print -quit 2>/dev/null) &&
    [ -z "$nuncio_newer" ]
}
