package deepflow.demo.service;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.h2.jdbcx.JdbcConnectionPool;

/// The inventory's database: H2, in memory.
final class InventoryDatabase {
  /// As many as `inventory.sql` puts in.
  static final int SKUS = 40;

  private static final String URL = "jdbc:h2:mem:inventory;DB_CLOSE_DELAY=-1";
  private static final String SCHEMA =
      ";INIT=RUNSCRIPT FROM 'classpath:deepflow/demo/service/inventory.sql'";

  private final JdbcConnectionPool pool = JdbcConnectionPool.create(URL, "inventory", "");

  /// Makes the database. H2 runs the script itself, so that no span tells of it.
  InventoryDatabase() throws SQLException {
    DriverManager.getConnection(URL + SCHEMA, "inventory", "").close();
  }

  /// How many pieces are there of the first things of the list.
  ///
  /// @param oneByOne how many things to ask for one by one; 0 asks for all at once
  long pieces(int items, int oneByOne) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      if (oneByOne == 0) {
        return number(connection, "SELECT SUM(pieces) FROM stock WHERE sku < ?", items);
      }
      long pieces = 0;
      for (int sku = 0; sku < oneByOne; sku++) {
        pieces += number(connection, "SELECT pieces FROM stock WHERE sku = ?", sku);
      }
      return pieces;
    }
  }

  private static long number(Connection connection, String sql, int argument) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setInt(1, argument);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  /// Takes a piece of a thing out, or puts one in when none is left.
  void take(int sku) throws SQLException {
    String sql =
        "UPDATE stock SET pieces = CASE WHEN pieces > 0 THEN pieces - 1 ELSE 100 END"
            + " WHERE sku = ?";
    try (Connection connection = pool.getConnection();
        PreparedStatement update = connection.prepareStatement(sql)) {
      update.setInt(1, sku);
      update.executeUpdate();
    }
  }
}
