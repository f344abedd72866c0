"""Reads OTLP with Google's own Protocol Buffers, as the official schema says, from bytes and from JSON.

The first argument is a file with the compiled schema. The input is a list of pairs, as JSON: a request in base64, and
the same as JSON. The output has for each whether both say the same, and the names of its metrics.
"""

import base64
import json
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

with open(sys.argv[1], "rb") as file:
    schema = descriptor_pb2.FileDescriptorSet.FromString(file.read())
pool = descriptor_pool.DescriptorPool()
for part in schema.file:
    pool.Add(part)
request = pool.FindMessageTypeByName("opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest")
# The name of this function has changed between versions.
make_class = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
Request = make_class(request)


def with_base64(value):
    """OTLP writes these bytes as hexadecimal digits, unlike all other JSON of Protocol Buffers."""
    if isinstance(value, list):
        return [with_base64(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(one)).decode() if key in ("traceId", "spanId") else with_base64(one)
        for key, one in value.items()
    }


def read(pair):
    from_bytes = Request.FromString(base64.b64decode(pair[0]))
    # This rejects what the schema does not know.
    from_json = json_format.ParseDict(with_base64(json.loads(pair[1])), Request())
    # As bytes, since NaN is not NaN.
    same = from_bytes.SerializeToString(deterministic=True) == from_json.SerializeToString(deterministic=True)
    metrics = [one.name for some in from_bytes.resource_metrics for scope in some.scope_metrics for one in scope.metrics]
    return {"same": same, "metrics": metrics}


json.dump([read(pair) for pair in json.load(sys.stdin)], sys.stdout)
