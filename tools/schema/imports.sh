#!/bin/sh
# Writes imports.go: every v3 package of the API module, so that their descriptors register themselves.
set -eu
cd "$(dirname "$0")"
module=github.com/envoyproxy/go-control-plane/envoy
dir=$(go list -m -f '{{.Dir}}' $module)
{
  echo '// Written by imports.sh.'
  echo 'package main'
  echo
  echo 'import ('
  (cd "$dir" && find . -name '*.pb.go' | xargs -n1 dirname | sort -u) |
    grep -E '(/v3(alpha)?$)|retry/previous_priorities|config/cluster/redis|/type/matcher$|/type$' |
    grep -vE '/v2|/type$|/type/matcher$' |
    sed "s#^\\./#	_ \"$module/#; s#\$#\"#"
  echo '	_ "github.com/cncf/xds/go/udpa/type/v1"'
  echo '	_ "github.com/cncf/xds/go/xds/core/v3"'
  echo '	_ "github.com/cncf/xds/go/xds/type/v3"'
  echo '	_ "github.com/cncf/xds/go/xds/type/matcher/v3"'
  echo '	_ "github.com/cncf/xds/go/xds/data/orca/v3"'
  echo '	_ "github.com/cncf/xds/go/xds/service/orca/v3"'
  echo ')'
} > imports.go
gofmt -w imports.go
