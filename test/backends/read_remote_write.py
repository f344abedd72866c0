"""Reads bodies of remote write with Google's own Protocol Buffers.

The first argument is a file with the compiled schema, the second the name of the message. The input is a list of
bodies in base64, as JSON. The output has the fields of each. Doubles of which not only the value counts are whole
numbers, as texts.
"""

import base64
import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor

# These may be NaN in more ways than one.
BITS = {"value", "sum"}

with open(sys.argv[1], "rb") as file:
    schema = descriptor_pb2.FileDescriptorSet.FromString(file.read())
pool = descriptor_pool.DescriptorPool()
for part in schema.file:
    pool.Add(part)
request = pool.FindMessageTypeByName(sys.argv[2])
# The name of this function has changed between versions.
make_class = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
Request = make_class(request)


def plain(field, value):
    if field.message_type:
        return fields(value)
    if field.type == FieldDescriptor.TYPE_DOUBLE and field.name in BITS:
        return str(struct.unpack("<Q", struct.pack("<d", value))[0])
    return value


def fields(message):
    read = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.label == FieldDescriptor.LABEL_REPEATED:
            read[field.name] = [plain(field, one) for one in value]
        elif field.containing_oneof or field.message_type:
            if message.HasField(field.name):
                read[field.name] = plain(field, value)
        else:
            read[field.name] = plain(field, value)
    return read


json.dump([fields(Request.FromString(base64.b64decode(text))) for text in json.load(sys.stdin)], sys.stdout)
