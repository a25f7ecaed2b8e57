#!/bin/sh
# Packs what a collector is made of, from the repository's root: sh deploy/container/pack.sh FOLDER
set -eu
into=$1
mkdir -p "$into"
[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
node scripts/build.mjs
for package in contract sql server; do
  npm pack --silent --ignore-scripts --workspace "$package" --pack-destination "$into" >/dev/null
done
node -p "require('./server/package.json').peerDependencies.chdb" > "$into/chdb-version"
node -p "require('./server/package.json').version" > "$into/version"
cp deploy/container/install.sh deploy/container/healthy.mjs "$into"
