ALTER TABLE changes FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE change_counters FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE change_consumers FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE quotas FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON changes, change_counters, change_consumers TO tributary_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON quotas TO tributary_app;
--> statement-breakpoint
-- One row is rewritten by every transaction of its org: room in the page keeps that a heap-only update.
ALTER TABLE change_counters SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
--> statement-breakpoint
GRANT SELECT (org_id, changed_at) ON changes TO tributary_dispatcher;
--> statement-breakpoint
GRANT SELECT (scan) ON sync_resources TO tributary_dispatcher;
--> statement-breakpoint
CREATE FUNCTION dispatch.orgs_with_changes_before(moment timestamptz)
RETURNS TABLE (org_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT org_id FROM changes WHERE changed_at < moment;
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION dispatch.orgs_with_changes_before FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION dispatch.orgs_with_changes_before TO tributary_app;
--> statement-breakpoint
ALTER FUNCTION dispatch.orgs_with_changes_before OWNER TO tributary_dispatcher;
--> statement-breakpoint
-- What the feed's reading fills ends with it, so only what reads is looked after.
SET LOCAL ROLE tributary_dispatcher;
--> statement-breakpoint
DROP FUNCTION dispatch.quiet_running_syncs;
--> statement-breakpoint
SET LOCAL ROLE tributary_owner;
--> statement-breakpoint
CREATE FUNCTION dispatch.quiet_running_syncs(quiet_for interval)
RETURNS TABLE (org_id uuid, connection_id uuid, sync_id uuid, workflow_id text, resource text, generation int, scan text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.org_id, s.connection_id, s.id, s.workflow_id, r.resource, r.generation, r.scan
  FROM syncs s LEFT JOIN sync_resources r ON r.org_id = s.org_id AND r.sync_id = s.id AND r.status = 'running'
    AND (r.scan <> 'feed' OR r.resource = 'events')
  WHERE s.status = 'running' AND s.served_by IS NULL AND s.started_at < now() - quiet_for
    AND (r.sync_id IS NULL OR greatest(r.updated_at, r.wait_until) < now() - quiet_for);
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION dispatch.quiet_running_syncs FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION dispatch.quiet_running_syncs TO tributary_app;
--> statement-breakpoint
ALTER FUNCTION dispatch.quiet_running_syncs OWNER TO tributary_dispatcher;
