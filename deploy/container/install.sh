#!/bin/sh
# Installs what pack.sh packed: sh install.sh FOLDER with-store|without-store
set -eu
from=$(cd "$(dirname "$0")" && pwd)
into=$1
case $2 in
  with-store) store="chdb@$(cat "$from/chdb-version")" ;;
  without-store) store= ;;
  *) echo "install.sh FOLDER with-store|without-store" >&2; exit 2 ;;
esac
mkdir -p "$into"
cd "$into"
cat > package.json <<END
{ "name": "candor-image", "version": "$(cat "$from/version")", "private": true }
END
# Scripts of packages are not run: what Candor needs of them is prebuilt.
npm install --ignore-scripts --omit=dev --omit=peer --no-audit --no-fund --loglevel=error \
  "$from"/*.tgz $store
# The bill of materials of just this folder, for whoever scans images.
npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json
cp "$from/healthy.mjs" .
rm -rf "${HOME:-/root}/.npm"
