"""Sends a span by the Python SDK from an address of this host, and prints its trace id.

Arguments: the endpoint, path included, and the address.
"""
import sys

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind
from requests.adapters import HTTPAdapter


class BoundAdapter(HTTPAdapter):
    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Recording(OTLPSpanExporter):
    results = []

    def export(self, spans):
        result = super().export(spans)
        self.results.append(result)
        return result


endpoint, address = sys.argv[1:]
session = requests.Session()
session.mount("http://", BoundAdapter(address))
exporter = Recording(endpoint=endpoint, session=session)
provider = TracerProvider(resource=Resource.create({"service.name": "python-sdk"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
span = provider.get_tracer("python").start_span("sent", kind=SpanKind.SERVER)
span.end()
provider.shutdown()
if exporter.results != [SpanExportResult.SUCCESS]:
    sys.exit(f"exports: {exporter.results}")
print(format(span.get_span_context().trace_id, "032x"))
