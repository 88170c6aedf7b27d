-- Run by H2 itself for each connection, so that no span tells of it.
CREATE TABLE IF NOT EXISTS orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, items INT, cents INT);
CREATE TABLE IF NOT EXISTS offer (id INT PRIMARY KEY, text VARCHAR(40));
INSERT INTO offer SELECT x, 'offer ' || x FROM system_range(0, 39) WHERE NOT EXISTS (SELECT 1 FROM offer);
