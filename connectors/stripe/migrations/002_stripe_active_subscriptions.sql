-- Subscriptions that give a right to service now, with their customers. Null as amount: usage or tiers decide what is paid.
CREATE OR REPLACE VIEW stripe_active_subscriptions WITH (security_invoker = true) AS
SELECT
  subscription.org_id,
  subscription.connection_id,
  subscription.source_id AS subscription_id,
  subscription.customer_id,
  customer.email AS customer_email,
  customer.name AS customer_name,
  subscription.status,
  subscription.amount,
  subscription.currency,
  subscription.started_at,
  subscription.current_period_end,
  subscription.cancel_at
FROM subscriptions AS subscription
LEFT JOIN customers AS customer
  ON customer.org_id = subscription.org_id
  AND customer.connection_id = subscription.connection_id
  AND customer.source_id = subscription.customer_id
WHERE subscription.source_system = 'stripe'
  AND subscription.status IN ('trialing', 'active', 'past_due')
  AND subscription.deleted_at IS NULL;

GRANT SELECT ON stripe_active_subscriptions TO tributary_app;
