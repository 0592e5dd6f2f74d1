"""Signatures of requests as botocore makes them: reads JSON objects, one a line, and writes a signature for each."""

import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for line in sys.stdin:
    asked = json.loads(line)
    signer = S3SigV4Auth if asked["service"] == "s3" else SigV4Auth
    auth = signer(Credentials("access", "secret", "session"), asked["service"], "eu-west-2")
    request = AWSRequest(method=asked["method"], url=asked["url"], headers=asked["headers"], data=bytes(asked["body"]))
    request.context["timestamp"] = asked["headers"]["x-amz-date"]
    print(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
