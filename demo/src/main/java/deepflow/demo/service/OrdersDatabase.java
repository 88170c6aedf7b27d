package deepflow.demo.service;

import deepflow.demo.service.OrdersProtocol.Order;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.h2.jdbcx.JdbcConnectionPool;

/// The orders' database: H2, in memory.
final class OrdersDatabase {
  private static final int ORDERS_MAX = 10_000;

  private static final String URL = "jdbc:h2:mem:orders;DB_CLOSE_DELAY=-1";
  private static final String SCHEMA =
      ";INIT=RUNSCRIPT FROM 'classpath:deepflow/demo/service/orders.sql'";

  private final JdbcConnectionPool pool = JdbcConnectionPool.create(URL, "orders", "");

  /// Makes the database. H2 runs the script itself, so that no span tells of it.
  OrdersDatabase() throws SQLException {
    DriverManager.getConnection(URL + SCHEMA, "orders", "").close();
  }

  /// Stores an order, and forgets the one that makes too many.
  ///
  /// @return its number
  long insert(Order order) throws SQLException {
    String sql = "INSERT INTO orders (items, cents) VALUES (?, ?)";
    try (Connection connection = pool.getConnection();
        PreparedStatement insert =
            connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
      insert.setInt(1, order.items());
      insert.setInt(2, order.cents());
      insert.executeUpdate();
      long id = id(insert);
      if (id > ORDERS_MAX) {
        forget(connection, id - ORDERS_MAX);
      }
      return id;
    }
  }

  private static long id(PreparedStatement insert) throws SQLException {
    try (ResultSet keys = insert.getGeneratedKeys()) {
      keys.next();
      return keys.getLong(1);
    }
  }

  private static void forget(Connection connection, long id) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM orders WHERE id = ?")) {
      delete.setLong(1, id);
      delete.executeUpdate();
    }
  }

  /// The newest orders, a sentence each.
  List<String> newest(int last) throws SQLException {
    String sql = "SELECT id, items, cents FROM orders ORDER BY id DESC LIMIT ?";
    List<String> orders = new ArrayList<>();
    try (Connection connection = pool.getConnection();
        PreparedStatement select = connection.prepareStatement(sql)) {
      select.setInt(1, last);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          orders.add("order " + rows.getLong(1) + ": " + rows.getInt(2) + " items");
        }
      }
    }
    return orders;
  }

  /// Reads the offers that stand beside an order.
  ///
  /// @param oneByOne how many to ask for one by one; 0 asks for all at once
  void offers(int oneByOne) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      if (oneByOne == 0) {
        read(connection, "SELECT id, text FROM offer WHERE id >= ?", 0);
      }
      for (int id = 0; id < oneByOne; id++) {
        read(connection, "SELECT text FROM offer WHERE id = ?", id);
      }
    }
  }

  private static void read(Connection connection, String sql, int id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setInt(1, id);
      select.executeQuery().close();
    }
  }
}
