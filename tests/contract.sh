#!/usr/bin/env bash
# contract.sh: docs/openapi/adapter.yaml under two linters, and as types that a compiler takes. The tools come from npm into build/openapi.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
page=$root/docs/openapi/adapter.yaml
mkdir -p "$root/build/openapi"
cd "$root/build/openapi"
[ -f package.json ] || echo '{"private": true}' > package.json
npm install --no-audit --no-fund --silent @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3 openapi-typescript@7 typescript@5
bin=node_modules/.bin
# The project has no licence file yet, so the page names none.
REDOCLY_SUPPRESS_UPDATE_NOTICE=true "$bin/redocly" lint --skip-rule=info-license --max-problems 50 "$page"
echo 'extends: ["spectral:oas"]' > spectral.yaml
"$bin/spectral" lint --fail-severity=hint -r spectral.yaml "$page"
"$bin/openapi-typescript" "$page" -o adapter.d.ts
cat > use.ts <<'TS'
import type { components, paths } from "./adapter";
const act: components["schemas"]["Post"] = { kind: "FORWARD", dossier: "H37.24-20261124-0000001", to: [{ agency: "H37.11" }] };
type Posted = paths["/v1/envelopes"]["post"]["responses"][202]["content"]["application/json"];
export const state = (posted: Posted): string => `${act.kind} is ${posted.state}`;
TS
"$bin/tsc" --strict --noEmit --skipLibCheck use.ts
echo "contract: clean under redocly and spectral; its types compile"
