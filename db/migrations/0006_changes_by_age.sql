-- What is oldest is known by its number: one look at each org's lowest, however many changes are kept. The summaries of an index
-- by time grow stale where vacuum lets new rows into old pages, until each look reads the whole table.
DROP INDEX "changes_by_time";
--> statement-breakpoint
GRANT SELECT (number) ON changes TO tributary_dispatcher;
--> statement-breakpoint
SET LOCAL ROLE tributary_dispatcher;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION dispatch.orgs_with_changes_before(moment timestamptz)
RETURNS TABLE (org_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id FROM orgs o,
    LATERAL (SELECT c.changed_at FROM changes c WHERE c.org_id = o.id ORDER BY c.number LIMIT 1) oldest
  WHERE oldest.changed_at < moment;
$$;
--> statement-breakpoint
SET LOCAL ROLE tributary_owner;
