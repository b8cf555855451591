-- A sync that another one's run serves is left alone where it is called off and the others go back to the queue: the run is
-- found by any sync that it still serves.
SET LOCAL ROLE tributary_dispatcher;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION dispatch.quiet_running_syncs(quiet_for interval)
RETURNS TABLE (org_id uuid, connection_id uuid, sync_id uuid, workflow_id text, resource text, generation int, scan text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT s.org_id, s.connection_id, coalesce(s.served_by, s.id), s.workflow_id, r.resource, r.generation, r.scan
  FROM syncs s LEFT JOIN sync_resources r ON r.org_id = s.org_id AND r.sync_id = coalesce(s.served_by, s.id)
    AND r.status = 'running' AND (r.scan <> 'feed' OR r.resource = 'events')
  WHERE s.status = 'running' AND s.started_at < now() - quiet_for
    AND (r.sync_id IS NULL OR greatest(r.updated_at, r.wait_until) < now() - quiet_for);
$$;
--> statement-breakpoint
SET LOCAL ROLE tributary_owner;
