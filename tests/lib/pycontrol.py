"""The control socket as any program could use it: a Unix stream socket; a frame is its length (4 bytes, little-endian) and its body."""
import socket
import struct

from pywire import control_pb


def frame(body):
    return struct.pack("<I", len(body)) + body


def read_frame(stream):
    """The body, or None at the end."""
    head = read_bytes(stream, 4)
    return head and read_bytes(stream, struct.unpack("<I", head)[0])


def read_bytes(stream, count):
    got = b""
    while len(got) < count:
        piece = stream.recv(count - len(got))
        if not piece:
            return None
        got += piece
    return got


def connect(path, timeout=10):
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(timeout)
    stream.connect(str(path))
    return stream


def ask(path, request):
    with connect(path) as stream:
        stream.sendall(frame(request.SerializeToString()))
        return control_pb.ControlAnswer.FromString(read_frame(stream))
