"""Reads delimited messages with Google's own Protocol Buffers, as the official schema of Prometheus says.

The first argument is a file with the compiled schema. The input is a list of expositions in base64, as JSON. The
output has the messages of each, and the names of all fields that the schema knows: an older one lacks some.
"""

import base64
import json
import math
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor

with open(sys.argv[1], "rb") as file:
    schema = descriptor_pb2.FileDescriptorSet.FromString(file.read())
pool = descriptor_pool.DescriptorPool()
for part in schema.file:
    pool.Add(part)
family = pool.FindMessageTypeByName("io.prometheus.client.MetricFamily")
# The name of this function has changed between versions.
make_class = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
Family = make_class(family)


def known(message, names):
    for field in message.fields:
        names.add(field.name)
        if field.message_type:
            known(field.message_type, names)
    return names


def plain(field, value):
    if field.message_type:
        return fields(value)
    if field.type == FieldDescriptor.TYPE_DOUBLE and not math.isfinite(value):
        return repr(value)  # JSON has no such numbers.
    return value


def fields(message):
    read = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.label == FieldDescriptor.LABEL_REPEATED:
            read[field.name] = [plain(field, one) for one in value]
        # The fields of a timestamp are always there.
        elif message.DESCRIPTOR.name == "Timestamp" or message.HasField(field.name):
            read[field.name] = plain(field, value)
    return read


def messages(exposition):
    at = 0
    while at < len(exposition):
        length = shift = 0
        while True:
            byte = exposition[at]
            at += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield fields(Family.FromString(exposition[at : at + length]))
        at += length


expositions = [list(messages(base64.b64decode(text))) for text in json.load(sys.stdin)]
json.dump({"known": sorted(known(family, set())), "expositions": expositions}, sys.stdout)
