"""Reads expositions with the parser of Prometheus' own client for Python.

Its input is a list of texts as JSON. Its output is a list with what was read of each, or why it was refused.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def sample(one):
    exemplar = one.exemplar
    return {
        "name": one.name,
        "labels": one.labels,
        # JSON has no name for some numbers.
        "value": repr(float(one.value)),
        "exemplar": exemplar
        and {
            "labels": exemplar.labels,
            "value": repr(float(exemplar.value)),
            "timestamp": exemplar.timestamp and repr(float(exemplar.timestamp)),
        },
    }


def families(text):
    try:
        return [
            {
                "name": one.name,
                "type": one.type,
                "unit": one.unit,
                "help": one.documentation,
                "samples": [sample(each) for each in one.samples],
            }
            for one in text_string_to_metric_families(text)
        ]
    except ValueError as error:
        return {"refused": str(error)}


json.dump([families(text) for text in json.load(sys.stdin)], sys.stdout)
