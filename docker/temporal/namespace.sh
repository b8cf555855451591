#!/bin/sh
# Registers the namespace that the API and the workers use, leaves an existing one as it is, and returns when it answers.
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION come from the environment.
set -eu

# Asks every 2 s until the command succeeds, for 2 minutes at most.
wait_for() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { echo "Gave up after 2 minutes on: $* (Temporal at $TEMPORAL_ADDRESS; see its log)"; exit 1; }
    sleep 2
  done
}

wait_for temporal operator cluster health
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
# The servers' caches learn of a new namespace up to 10 s later; until then they answer "not found" to a worker.
wait_for temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"
