#!/bin/sh
# Registers the namespace that the API and the workers use, and leaves an existing one as it is.
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION come from the environment.
set -eu

# The port answers before the namespace registry does.
until temporal operator cluster health; do
  echo 'Temporal is not ready yet, asking again in 2 s'
  sleep 2
done
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
