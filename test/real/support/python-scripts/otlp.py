"""Reads OTLP as a collector does: each line is {"body": base64 of a trace request}; the answer is what stands in it."""

import base64
import json
import sys

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


def refuse_unknown(message):
    """A field that the schema does not have is an error, however deep."""
    if len(UnknownFieldSet(message)) > 0:
        raise ValueError(f"{message.DESCRIPTOR.full_name} has fields that it should not have")
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in value if field.is_repeated else [value]:
                refuse_unknown(inner)


def value_of(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in any_value.array_value.values]
    if kind is None:
        raise ValueError("an attribute has no value")
    return getattr(any_value, kind)


def attributes_of(pairs):
    names = [pair.key for pair in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"an attribute stands twice: {names}")
    return {pair.key: value_of(pair.value) for pair in pairs}


def id_of(raw, size):
    if len(raw) != size or not any(raw):
        raise ValueError(f"no id of {size} bytes: {raw.hex()}")
    return raw.hex()


def span_of(span):
    if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
        raise ValueError(f"{span.name} ends before it begins")
    return {
        "name": span.name,
        "kind": Span.SpanKind.Name(span.kind),
        "trace": id_of(span.trace_id, 16),
        "id": id_of(span.span_id, 8),
        "parent": id_of(span.parent_span_id, 8) if span.parent_span_id else None,
        "state": span.trace_state,
        "status": Status.StatusCode.Name(span.status.code),
        "words": span.status.message,
        "attributes": attributes_of(span.attributes),
        "links": [{"trace": id_of(one.trace_id, 16), "id": id_of(one.span_id, 8)} for one in span.links],
        "events": len(span.events),
        "dropped": span.dropped_attributes_count + span.dropped_events_count + span.dropped_links_count,
        "began": span.start_time_unix_nano // 1_000_000,
    }


def content_of(body):
    request = ExportTraceServiceRequest.FromString(body)
    refuse_unknown(request)
    return [
        {
            "resource": attributes_of(group.resource.attributes),
            "scope": {"name": scoped.scope.name, "version": scoped.scope.version},
            "spans": [span_of(span) for span in scoped.spans],
        }
        for group in request.resource_spans
        for scoped in group.scope_spans
    ]


for line in sys.stdin:
    try:
        print(json.dumps({"ok": content_of(base64.b64decode(json.loads(line)["body"]))}))
    except Exception as error:
        print(json.dumps({"raised": f"{type(error).__name__}: {error}"}))
