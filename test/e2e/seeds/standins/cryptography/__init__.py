"""What the snippet needs of the package `cryptography`, for machines without it: ECDSA by the OpenSSL inside Node."""
