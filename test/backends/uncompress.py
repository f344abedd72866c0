"""Uncompresses blocks with Google's own Snappy. The input is a list of them in base64, as JSON; so is the output."""

import base64
import json
import sys

import snappy

blocks = [base64.b64decode(text) for text in json.load(sys.stdin)]
json.dump([base64.b64encode(snappy.uncompress(one)).decode() for one in blocks], sys.stdout)
