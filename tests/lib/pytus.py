"""Uploads by tus 1.0, as any client of it does: creation, offset, PATCH."""
import base64
import hashlib
import http.client
import os
import socket

import contract

TYPE = "application/offset+octet-stream"


class Uploads:
    def __init__(self, api):
        self.api = api

    def call(self, method, path="/v1/uploads", body=None, **headers):
        """Status, headers, content. A file as body is sent from where it stands."""
        connection = http.client.HTTPConnection(self.api.host, self.api.port, timeout=120)
        given = {"Authorization": f"Bearer {self.api.token}", "Tus-Resumable": "1.0.0", **{k.replace("_", "-"): v for k, v in headers.items()}}
        try:
            connection.request(method, path, body=body, headers={k: v for k, v in given.items() if v is not None})
            answer = connection.getresponse()
            content = answer.read()
            contract.check(given.get("X-HTTP-Method-Override", method), path, answer.status, answer.getheader("Content-Type", ""), content)
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content
        finally:
            connection.close()

    def create(self, length, expect=201, **headers):
        status, given, content = self.call("POST", Upload_Length=str(length), **headers)
        assert status == expect, (status, content)
        return given.get("location")

    def offset(self, path):
        status, given, _ = self.call("HEAD", path)
        assert status == 200, status
        return int(given["upload-offset"])

    def patch(self, path, offset, data, checksum=None, length=None):
        more = {} if checksum is None else {"Upload_Checksum": checksum}
        if length is not None:
            more["Content_Length"] = str(length)
        return self.call("PATCH", path, data, Content_Type=TYPE, Upload_Offset=str(offset), **more)

    def bring(self, data):
        """All of it; the part's digest."""
        path = self.create(len(data))
        status, given, content = self.patch(path, 0, data)
        assert status == 204 and int(given["upload-offset"]) == len(data), (status, content)
        assert given["part-digest"] == "sha256:" + hashlib.sha256(data).hexdigest()
        return given["part-digest"][7:]

    def bring_file(self, path_of_file):
        size = os.path.getsize(path_of_file)
        path = self.create(size)
        with open(path_of_file, "rb") as stream:
            status, given, content = self.patch(path, 0, stream, length=size)
        assert status == 204, (status, content)
        return given["part-digest"][7:]


def checksum(algorithm, data):
    return f"{algorithm} " + base64.b64encode(hashlib.new(algorithm, data).digest()).decode()


def half_patch(api, path, offset, data, length):
    """A PATCH whose body stops in the middle; closing the socket breaks it."""
    s = socket.create_connection((api.host, api.port), timeout=30)
    lines = [f"PATCH {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {api.token}", "Tus-Resumable: 1.0.0", f"Content-Type: {TYPE}",
             f"Upload-Offset: {offset}", f"Content-Length: {length}", "", ""]
    s.sendall("\r\n".join(lines).encode() + data)
    return s


def every_answer(api):
    """Each that the page of the interface promises of uploads and no other test of it makes."""
    uploads = Uploads(api)
    assert uploads.call("OPTIONS", Tus_Resumable=None)[0] == 204
    assert uploads.call("POST", Tus_Resumable=None)[0] == 412
    uploads.create((2 << 30) + 1, expect=413)
    path, nowhere = uploads.create(9), "/v1/uploads/" + "0" * 32
    assert uploads.call("HEAD", path, Tus_Resumable=None)[0] == 412
    assert uploads.call("GET", path)[0] == 200 and uploads.call("GET", nowhere)[0] == 404
    assert uploads.patch(nowhere, 0, b"x")[0] == 404 and uploads.call("DELETE", nowhere)[0] == 404
    assert uploads.call("DELETE", path, Tus_Resumable=None)[0] == 412 and uploads.patch(path, 3, b"x")[0] == 409
    assert uploads.patch(path, 0, b"0123456789")[0] == 413 and uploads.patch(path, 0, b"x", "sha1 x")[0] == 400
    assert uploads.patch(path, 0, b"x", checksum("sha1", b"y"))[0] == 460
    broken = half_patch(api, path, 0, b"012", 9)
    while uploads.patch(path, 0, b"x")[0] != 423:
        path = uploads.create(9)
        broken.close()
        broken = half_patch(api, path, 0, b"012", 9)
    assert uploads.call("DELETE", path)[0] == 423
    broken.close()
    whole = uploads.create(4)
    assert uploads.patch(whole, 0, b"ende")[0] == 204 and uploads.call("DELETE", whole)[0] == 204
    return uploads.create(9)[len("/v1/uploads/"):]
