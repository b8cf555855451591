-- What a Stripe account took in each month (UTC) and currency: succeeded charges, less the refunds of that month.
-- security_invoker: whoever asks sees the rows that the policies of payments show them, and no others.
CREATE OR REPLACE VIEW stripe_monthly_revenue WITH (security_invoker = true) AS
SELECT
  org_id,
  connection_id,
  (date_trunc('month', paid_at AT TIME ZONE 'UTC'))::date AS month,
  currency,
  coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0) AS charged,
  coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
  sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END) AS amount
FROM payments
WHERE source_system = 'stripe' AND status = 'succeeded' AND deleted_at IS NULL AND paid_at IS NOT NULL
GROUP BY org_id, connection_id, month, currency;

GRANT SELECT ON stripe_monthly_revenue TO tributary_app;
