#!/usr/bin/env bash
# Fuzzes a local host over its OpenAPI document, as an admin and as an agent: `checks/fuzz-api.sh [seed]`. EXAMPLES says how many of each
# operation in each phase.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seed=${1:-20260421}
folder=$(mktemp -d)
host=
trap '[ -z "$host" ] || kill "$host"; rm -rf "$folder"' EXIT

# With the tests of its package, as `make test` builds it: nothing is built twice.
cargo test --quiet --no-run --workspace --test main
echo "seed $seed"
RUST_LOG=error "${CARGO_TARGET_DIR:-target}/debug/countersign" --port 0 --data "$folder/data" --keys "$folder/keys.json" \
    --policy tests/fuzz/policy.yaml --allow-insecure-endpoints >"$folder/said" &
host=$!
FUZZ_URL=
while [ -z "$FUZZ_URL" ]; do
    kill -0 "$host"
    sleep 0.1
    FUZZ_URL=$(grep -om1 'http://127[^ ]*' "$folder/said" || true)
done
export FUZZ_URL

fuzz() {
    FUZZ_KEY=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/keys.json" "$1")
    export FUZZ_KEY
    echo "== as $1"
    schemathesis --config-file tests/fuzz/schemathesis.toml run "$FUZZ_URL/openapi.json" --seed "$seed" --max-examples "${EXAMPLES:-15}" "${@:2}"
}
# A policy that is put would be in force for all that follows.
fuzz admin --exclude-operation-id putPolicy
fuzz agent --include-tag agents --include-tag approvals
fuzz admin --include-operation-id putPolicy --phases examples,coverage,fuzzing
