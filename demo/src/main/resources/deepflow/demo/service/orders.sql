CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, items INT, cents INT);
CREATE TABLE offer (id INT PRIMARY KEY, text VARCHAR(40));
INSERT INTO offer SELECT x, 'offer ' || x FROM system_range(0, 39);
