-- Run by H2 itself for each connection, so that no span tells of it.
CREATE TABLE IF NOT EXISTS stock (sku INT PRIMARY KEY, pieces BIGINT NOT NULL);
INSERT INTO stock SELECT x, 100 FROM system_range(0, 39) WHERE NOT EXISTS (SELECT 1 FROM stock);
