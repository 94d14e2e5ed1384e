-- The accounts that changeover needs on both MariaDB servers (10.11 and later). Run this as an administrator on the primary:
-- it is replicated. Put your own hosts and passwords in.

-- The bot: looks, freezes, opens, and can neither read nor write the shop's rows.
CREATE USER 'changeover'@'%' IDENTIFIED BY 'the bot''s password';
GRANT PROCESS, RELOAD, BINLOG MONITOR, SLAVE MONITOR, REPLICATION SLAVE ADMIN, READ_ONLY ADMIN, CONNECTION ADMIN, EVENT,
    SHOW VIEW, SET USER ON *.* TO 'changeover'@'%';
-- Which accounts may write to a read-only server is told only to who may read this.
GRANT SELECT ON mysql.* TO 'changeover'@'%';

-- Replication, both ways. The bot reads the log by it, should somebody go back and accept a loss.
CREATE USER 'replication'@'%' IDENTIFIED BY 'the replication''s password';
GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'replication'@'%';
