-- Rewritten several times a second, and of no use after a crash: by then each limit is due again.
ALTER TABLE quotas SET UNLOGGED;
