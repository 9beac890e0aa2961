import base64
import json
import os
import subprocess

VERIFY = """
const { pem, hash, data, sig } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { createPublicKey, verify } = require("node:crypto");
const key = createPublicKey(pem);
if (key.asymmetricKeyType !== "ec") process.exit(1);
process.exit(verify(hash, Buffer.from(data, "base64"), key, Buffer.from(sig, "base64")) ? 0 : 1);
"""


class InvalidSignature(Exception):
    pass


class PublicKey:
    def __init__(self, pem):
        self._pem = pem

    def verify(self, signature, data, signature_algorithm):
        request = {
            "pem": self._pem,
            "hash": signature_algorithm.algorithm.name,
            "data": base64.b64encode(data).decode(),
            "sig": base64.b64encode(signature).decode(),
        }
        node = subprocess.run([os.environ["NODE"], "-e", VERIFY], input=json.dumps(request).encode(), timeout=20)
        if node.returncode != 0:
            raise InvalidSignature()


def load_pem_public_key(data):
    return PublicKey(data.decode())
