#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Shows lessons at work: testenv/demo.sh FOLDER...
#
# Each lesson's README is walked through in namespaces of its own, so the
# machine is afterwards as it was before.

set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
# In a sandbox itself, so that nothing outlives it, however it ends.
[[ ${SANDBOX-} ]] || exec testenv/sandbox testenv/demo.sh "$@"
trap 'exit 130' INT TERM
verdicts=() failed=0

for lesson; do
	printf '\n======== %s ========\n\n' "$lesson"
	if testenv/sandbox testenv/walk "$lesson"; then
		verdicts+=("OK      $lesson")
	else
		verdicts+=("NOT OK  $lesson")
		failed=1
	fi
done
printf '\n======== verdict ========\n\n'
printf '%s\n' "${verdicts[@]}"
exit $failed
