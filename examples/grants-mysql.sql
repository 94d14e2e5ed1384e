-- The accounts that changeover needs on both MySQL servers (8.4 and later). Run this as an administrator on the primary: it
-- is replicated. Put your own hosts and passwords in.

-- The bot: looks, freezes, opens, and can neither read nor write the shop's rows.
CREATE USER 'changeover'@'%' IDENTIFIED BY 'the bot''s password';
GRANT PROCESS, RELOAD, REPLICATION CLIENT, EVENT, SHOW VIEW ON *.* TO 'changeover'@'%';
GRANT REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN, PERSIST_RO_VARIABLES_ADMIN, CONNECTION_ADMIN, XA_RECOVER_ADMIN,
    SET_ANY_DEFINER ON *.* TO 'changeover'@'%';
GRANT SELECT ON performance_schema.* TO 'changeover'@'%';
GRANT SELECT (User, Host, Super_priv) ON mysql.user TO 'changeover'@'%';
GRANT SELECT ON mysql.global_grants TO 'changeover'@'%';
GRANT SELECT ON mysql.role_edges TO 'changeover'@'%';

-- Replication, both ways. The bot reads the log by it, should somebody go back and accept a loss.
CREATE USER 'replication'@'%' IDENTIFIED BY 'the replication''s password';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'replication'@'%';
