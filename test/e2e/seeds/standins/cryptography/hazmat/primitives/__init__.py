from . import hashes, serialization
