"""What the snippet needs of httpx: a GET over the standard library. Names of the service lead to the server under test."""
import json
import os
import urllib.request


class Response:
    def __init__(self, body):
        self._body = body

    def json(self):
        return json.loads(self._body)


def get(url):
    address = url.replace("https://api.multimail.dev", os.environ["SERVER_UNDER_TEST"])
    with urllib.request.urlopen(address, timeout=20) as answer:
        return Response(answer.read())
