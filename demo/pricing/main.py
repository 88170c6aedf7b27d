"""Pricing: what the things in a basket cost.

How it speaks to the demo stands in package-info.java of deepflow.demo.service. Its spans have the names of the
older semantic conventions (http.method, db.statement), as the Python instrumentation still has them by default.
"""

import json
import math
import os
import random
import signal
import socketserver
import sqlite3
import sys
import threading
import time
import urllib.parse
import wsgiref.simple_server

from opentelemetry import baggage, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.processor.baggage import ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

DATABASE = "file:prices?mode=memory&cache=shared"
SKUS = 40

tracer = trace.get_tracer("deepflow.demo.pricing")
faults = [fault.split(" ") for fault in os.environ.get("SHOP_FAULTS", "").split(";") if fault]


def strikes(kind):
    """The fault of that kind that the current request meets, or None."""
    for fault_kind, attribute, value in faults:
        if fault_kind == kind and baggage.get_baggage(attribute) == value:
            return attribute, value
    return None


def pause(millis):
    time.sleep(millis * math.exp(random.gauss(0, 0.4)) / 1000)


def connect():
    return sqlite3.connect(DATABASE, uri=True)


def fill():
    """Makes the prices; they live as long as the connection that is given back."""
    connection = connect()
    connection.execute("CREATE TABLE price (sku INTEGER PRIMARY KEY, cents INTEGER NOT NULL)")
    rows = [(sku, 199 + 100 * (sku * 7 % 50)) for sku in range(SKUS)]
    connection.executemany("INSERT INTO price VALUES (?, ?)", rows)
    connection.commit()
    return connection


def look_up(count):
    connection = connect()
    try:
        cursor = connection.cursor()
        if not strikes("N_PLUS_ONE"):
            cursor.execute("SELECT sku, cents FROM price WHERE sku < ?", (count,))
            return sum(cents for _, cents in cursor.fetchall())
        total = 0
        for sku in range(random.randint(20, SKUS)):
            cursor.execute("SELECT cents FROM price WHERE sku = ?", (sku,))
            total += cursor.fetchone()[0]
        return total
    finally:
        connection.close()


def quote(items):
    with tracer.start_as_current_span("apply price rules", attributes={"basket.items": items}):
        pause(4)
        if strikes("SLOW"):
            time.sleep(random.uniform(0.4, 0.9))
        broken = strikes("ERROR")
        if broken:
            raise LookupError("no price rule for %s '%s'" % broken)
        return look_up(items)


def application(environ, start_response):
    query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""))
    try:
        status, answer = "200 OK", {"cents": quote(int(query["items"][0]))}
    except (KeyError, ValueError):
        status, answer = "400 Bad Request", {"error": "items is missing or no number"}
    except LookupError as failure:
        status, answer = "500 Internal Server Error", {"error": str(failure)}
    body = json.dumps(answer).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        """Says nothing of each request: the spans do."""


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is the demo's; it then closes our input
    prices = fill()
    provider = TracerProvider()
    provider.add_span_processor(BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    SQLite3Instrumentor().instrument()
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, OpenTelemetryMiddleware(application), server_class=Server, handler_class=Handler
    )
    print("ready pricing=127.0.0.1:%d" % server.server_port, flush=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    for _ in sys.stdin:
        pass  # the peers, which pricing has no use for; then the end of the demo
    provider.shutdown()
    prices.close()


if __name__ == "__main__":
    main()
