"""A big scan on its way: uploaded in pieces, brought to the broker, fetched by its receiver, whoever is killed in the middle."""
import contextlib
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import time

import pytest
import zmq
from zmq.utils import z85

import officetime
from deployment import Deployment, Failed
from office import Case, DEPARTMENT, DISTRICT
from pyclient import Client
from pytus import Uploads, checksum
from pywire import link_pb, reason_name

MIB = 1 << 20


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def until(what, timeout=60):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.001)
    raise Failed("it did not come to pass")


def size_of(folder, pattern):
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.exists())


def scan(width, height):
    """A page with one picture, as a scanner makes it."""
    pixels = noise(3 * width * height, 5)
    page = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
               b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Length %d>>stream\n%s\nendstream"
               % (width, height, len(pixels), pixels)]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def as_part(digest, name="bản-vẽ.pdf"):
    return {"sha256": digest, "name": name, "media_type": "application/pdf"}


def read_part(site, code, offer, n=0, **headers):
    return site.api(code).call("GET", f"/v1/inbox/{offer}/parts/{n}", headers=headers or None, raw=True)


def test_a_real_pdf_and_a_small_one(running, new_case, tmp_path):
    """A scan of 3 MiB that a reader of PDF takes; and one that goes by the same door and is small."""
    pdf = scan(1000, 800)
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf)
    if shutil.which("pdfinfo"):
        assert "Pages:           1" in subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    uploads = Uploads(running.api(DISTRICT))
    large, small = uploads.bring(pdf), uploads.bring(b"nho")
    case = new_case()
    case.open(parts=[as_part(small, "nhỏ.txt")])
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[as_part(large), as_part(small, "nhỏ.txt")])
    item = case.item(DEPARTMENT, offer)
    assert [p["size"] for p in item["parts"]] == [len(pdf), 3]
    assert read_part(running, DEPARTMENT, offer) == (200, pdf) and read_part(running, DEPARTMENT, offer, 1) == (200, b"nho")
    assert read_part(running, DEPARTMENT, offer, Range="bytes=1000-1999") == (206, pdf[1000:2000])
    assert read_part(running, DEPARTMENT, offer, Range=f"bytes={len(pdf)}-")[0] == 416
    assert running.api(DEPARTMENT).call("GET", f"/v1/parts/{large}", headers={"Range": "bytes=-10"}, raw=True) == (206, pdf[-10:])
    # What it has got it may send on, and brings nothing for it.
    case.accept(DEPARTMENT, offer)
    back = case.post(DEPARTMENT, "RETURN", [DISTRICT], reason="Thiếu", parts=[as_part(large)])
    case.item(DISTRICT, back)
    # A stopped broker's data are checked with them.
    running.broker.stop()
    checked = running.cli("store", "check")
    assert checked["sound"] and (checked["large_parts"], checked["large_bytes"]) == (1, len(pdf)), checked
    [file] = [p for p in (running.folder / "broker/data/large").iterdir() if len(p.name) == 64]
    whole = file.read_bytes()
    for wrong in (flipped(whole, len(pdf) // 2), flipped(whole, len(whole) - 1), whole[:-1], whole[:len(pdf) // 2], b"", None, ...):
        shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        if wrong is ...:
            file.mkdir()
        elif wrong is not None:
            file.write_bytes(wrong)
        checked = running.cli("store", "check", expect=65)
        assert not checked["sound"] and file.name in checked["fault"], (wrong and len(wrong), checked)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def test_the_words_of_tus(running):
    uploads = Uploads(running.api(DISTRICT))
    status, given, _ = uploads.call("OPTIONS", Tus_Resumable=None)
    assert status == 204 and given["tus-version"] == "1.0.0" and int(given["tus-max-size"]) == 2 << 30
    assert set(given["tus-extension"].split(",")) == {"creation", "checksum", "termination"}
    assert given["tus-checksum-algorithm"] == "sha1,sha256"
    assert uploads.call("POST", Upload_Length="5", Tus_Resumable="0.2.2")[0] == 412
    uploads.create((2 << 30) + 1, expect=413)
    for wrong in ("0", "-1", "x", ""):
        assert uploads.call("POST", Upload_Length=wrong)[0] == 400
    data = noise(3 * MIB + 17, 1)
    path = uploads.create(len(data), Upload_Metadata="filename c2Nhbi5wZGY=")
    assert uploads.call("HEAD", path)[1]["upload-metadata"] == "filename c2Nhbi5wZGY="
    assert uploads.patch(path, 5, data[:5])[0] == 409
    assert uploads.call("PATCH", path, b"x", Upload_Offset="0", Content_Type="text/plain")[0] == 415
    assert uploads.patch(path, 0, data[:MIB], checksum="md5 AAAA")[0] == 400
    assert uploads.patch(path, 0, data + b"x")[0] == 413
    # A promise that does not hold costs the piece and nothing else.
    assert uploads.patch(path, 0, data[:MIB], checksum=checksum("sha1", data[:MIB]))[0] == 204
    assert uploads.patch(path, MIB, data[MIB : 3 * MIB], checksum=checksum("sha256", b"other"))[0] == 460
    assert uploads.offset(path) == MIB
    assert uploads.patch(path, MIB, data[MIB : 2 * MIB], checksum=checksum("sha256", data[MIB : 2 * MIB]))[0] == 204
    status, given, _ = uploads.call("POST", path, data[2 * MIB :], Content_Type="application/offset+octet-stream",
                                    Upload_Offset=str(2 * MIB), X_HTTP_Method_Override="PATCH")
    assert status == 204 and given["part-digest"] == "sha256:" + hashlib.sha256(data).hexdigest()
    answer = running.api(DISTRICT).call("GET", path)[1]
    assert answer["done"] and answer["sha256"] == hashlib.sha256(data).hexdigest()
    # Ended: nothing of it is left, and of a finished one the part is.
    other = uploads.create(MIB)
    assert uploads.patch(other, 0, data[:1000])[0] == 204
    for one in (other, path):
        assert uploads.call("DELETE", one)[0] == 204 and uploads.call("HEAD", one)[0] == 404
    folder = running.folder / f"adapters/{DISTRICT}/data/large"
    assert not list(folder.glob("up-*")) and (folder / hashlib.sha256(data).hexdigest()).exists()
    # A broken one is no part.
    half = uploads.create(2 * MIB)
    uploads.patch(half, 0, data[:MIB])
    status, _ = running.api(DISTRICT).call("GET", f"/v1/parts/{hashlib.sha256(data[:MIB]).hexdigest()}", raw=True)
    assert status == 404
    assert uploads.call("PATCH", "/v1/uploads/" + "0" * 32, b"x", Upload_Offset="0", Content_Type="application/offset+octet-stream")[0] == 404


def test_a_damaged_file_is_named_and_comes_back(running, new_case):
    """The broker gives nothing that is not what it took. Nobody is there who has it: once its operator has copied the file back the item
    arrives by itself."""
    data = noise(MIB, 7)
    digest = Uploads(running.api(DISTRICT)).bring(data)
    case = new_case()
    case.open()
    running.adapters[DEPARTMENT].stop()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[as_part(digest)])
    file = running.folder / "broker/data/large" / digest
    until(file.exists)
    case.admitted(DISTRICT, offer)
    running.adapters[DISTRICT].stop()
    whole, before = file.read_bytes(), running.broker.log_size()
    file.write_bytes(flipped(whole, MIB // 2))
    running.start_adapter(DEPARTMENT)
    running.broker.wait_log(f'"part":"{digest}"', 30, before)
    [cause] = [one for one in running.cli("status")["causes"] if one["id"] == "large-damaged"]
    assert (cause["severity"], cause["ready"], [one["name"] for one in cause["subjects"]]) == ("critical", True, [digest[:16]]), cause
    file.write_bytes(whole)
    case.item(DEPARTMENT, offer)
    assert "large-damaged" not in [one["id"] for one in running.cli("status")["causes"]]
    assert read_part(running, DEPARTMENT, offer) == (200, data)


def test_a_damaged_file_is_brought_again(running, new_case):
    """Whatever has happened to it: its sender's adapter has the bytes, and nobody has to do anything."""
    folder = running.folder / "broker/data/large"
    parts = [noise(300_000 + n, 20 + n) for n in range(4)]
    digests = [Uploads(running.api(DISTRICT)).bring(part) for part in parts]
    case = new_case()
    case.open()
    running.adapters[DEPARTMENT].stop()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[as_part(digest, f"{n}.pdf") for n, digest in enumerate(digests)])
    case.admitted(DISTRICT, offer)
    whole = [(folder / digest).read_bytes() for digest in digests]
    for digest, wrong in zip(digests, (flipped(whole[0], 290_000), flipped(whole[1], len(whole[1]) - 1), whole[2][:1000], None)):
        (folder / digest).unlink() if wrong is None else (folder / digest).write_bytes(wrong)
    running.start_adapter(DEPARTMENT)
    case.item(DEPARTMENT, offer)
    for n, part in enumerate(parts):
        assert read_part(running, DEPARTMENT, offer, n) == (200, part)
    assert [(folder / digest).read_bytes() for digest in digests] == whole
    running.broker.wait_log("is whole again")
    assert running.api(DISTRICT).call("GET", "/healthz")[1]["status"] == "ok"
    # Nobody fetches it any more: who has it is asked when a session begins.
    running.broker.stop()
    (folder / digests[0]).unlink()
    running.start_broker()
    until((folder / digests[0]).exists)
    assert (folder / digests[0]).read_bytes() == whole[0]
    until(lambda: "large-damaged" not in [cause["id"] for cause in running.cli("status")["causes"]], 10)


def test_killed_on_both_legs(running, new_case):
    """The adapter dies in the upload, broker and adapter while it is brought, broker and receiver while it is fetched."""
    data = noise(96 * MIB, 2)  # large enough to be met on its way
    digest = hashlib.sha256(data).hexdigest()
    uploads = Uploads(running.api(DISTRICT))
    sender, receiver = running.adapters[DISTRICT], running.adapters[DEPARTMENT]
    path = uploads.create(len(data))
    assert uploads.patch(path, 0, data[: 7 * MIB])[0] == 204
    sender.kill()
    running.start_adapter(DISTRICT)
    uploads = Uploads(running.api(DISTRICT))
    at = uploads.offset(path)
    assert at == 7 * MIB
    assert uploads.patch(path, at, data[at:])[0] == 204
    case = new_case()
    case.open()
    coming, getting = running.folder / "broker/data/large", running.folder / f"adapters/{DEPARTMENT}/data/large"
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[as_part(digest)])
    later = case.post(DISTRICT, "RECALL", [DEPARTMENT], in_reply_to=offer, reason="Gửi nhầm")
    until(lambda: size_of(coming, f"{digest}.*") > MIB)
    running.broker.kill()
    had = size_of(coming, f"{digest}.*")
    assert MIB < had < len(data) and not (coming / digest).exists()
    running.start_broker()
    until(lambda: size_of(coming, f"{digest}*") > had)
    sender.kill()
    running.start_adapter(DISTRICT)
    until(lambda: size_of(getting, f"get-{digest}") > MIB)
    receiver.kill()
    running.broker.kill()
    assert not (getting / digest).exists()
    running.start_broker()
    running.start_adapter(DEPARTMENT)
    item = case.item(DEPARTMENT, offer)
    assert item["parts"][0]["size"] == len(data)
    assert read_part(running, DEPARTMENT, offer) == (200, data)
    kinds = [(i["kind"]) for i in running.api(DEPARTMENT).inbox(0, limit=1000) if i["dossier"] == case.code]
    assert kinds in (["FORWARD"], ["FORWARD", "RECALL"]), kinds  # in order, and not before it is whole
    case.item(DEPARTMENT, later)


def test_a_disk_without_room(tmp_path):
    """On both sides: 507 before the first byte; and what a receiver has no room for comes when there is."""
    site = Deployment(tmp_path / "s")
    disks = [site.folder / f"adapters/{code}/data" for code in (DISTRICT, DEPARTMENT)]
    for disk in disks:
        disk.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40M,mode=0700", "none", disk]).returncode:
            pytest.skip("no right to mount a file system")
    try:
        with site:
            site.start_broker()
            for code in (DISTRICT, DEPARTMENT):
                site.start_adapter(code)
            uploads = Uploads(site.api(DISTRICT))
            uploads.create(100 * MIB, expect=507)
            first = uploads.create(20 * MIB)
            uploads.create(20 * MIB, expect=507)  # the first one's room is taken
            data = noise(20 * MIB, 3)
            assert uploads.patch(first, 0, data)[0] == 204
            filler = disks[1] / "filler"
            filler.write_bytes(bytes(22 * MIB))
            case = Case(site, officetime.dossier_code(DISTRICT, 77))
            case.open()
            offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[as_part(hashlib.sha256(data).hexdigest())])
            case.admitted(DISTRICT, offer)
            until(lambda: "ADAPTER_FULL" in str(site.api(DEPARTMENT).call("GET", "/healthz")[1]))
            assert not [i for i in site.api(DEPARTMENT).inbox(0) if i["id"] == offer]
            filler.unlink()
            case.item(DEPARTMENT, offer, timeout=90)
            assert read_part(site, DEPARTMENT, offer) == (200, data)
    finally:
        for disk in disks:
            subprocess.run(["umount", disk], check=False)


class Beside:
    """A connection that carries parts, spoken by hand."""

    def __init__(self, client):
        self.socket = client.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_serverkey = z85.encode(client.broker_key)
        self.socket.curve_publickey, self.socket.curve_secretkey = z85.encode(client.public), z85.encode(client.secret)
        self.socket.connect(client.endpoint)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close(0)

    def send(self, **message):
        self.socket.send(link_pb.Link(**message).SerializeToString())

    def next(self):
        assert self.socket.poll(20000), "no answer"
        link = link_pb.Link()
        link.ParseFromString(self.socket.recv())
        return link

    def state(self, **message):
        self.send(**message)
        answer = self.next()
        assert answer.WhichOneof("message") == "part_state", answer
        return answer.part_state

    def bye(self, **message):
        self.send(**message)
        answer = self.next()
        assert answer.WhichOneof("message") == "bye", answer
        return answer.bye.reason


def test_what_a_stranger_sends_beside_a_session(client):
    """Each is refused by its reason, and the session beside it goes on."""
    numbers = {name: number for number, name in ((int(line.split()[1].rstrip(",")), line.split("(")[1].split(",")[0])
               for line in (pathlib.Path(__file__).resolve().parents[2] / "sdk/include/lienthong/reason.def").read_text().splitlines()
               if line.startswith("LT_REASON("))}
    data = noise(256 * 1024 * 3 + 5, 11)
    digest, size, chunk = hashlib.sha256(data).digest(), len(data), 256 * 1024

    def opening(**more):
        return {"part_open": {"agency": DISTRICT, "sha256": digest, "size": size, **more}}

    def piece(n, content=None):
        return {"part_chunk": {"sha256": digest, "offset": n * chunk, "data": data[n * chunk : (n + 1) * chunk] if content is None else content}}

    with Beside(client) as one:
        assert one.bye(part_chunk={"sha256": digest}) == numbers["SESSION_UNKNOWN"]
        assert one.bye(**opening(agency=DEPARTMENT)) == numbers["SESSION_UNKNOWN"]
        for wrong in (0, 262144, (2 << 30) + 1):
            assert one.state(**opening(size=wrong)).reason == numbers["PART_TOO_LARGE"]
        assert one.state(**opening(sha256=b"short")).reason == numbers["PART_TOO_LARGE"]
        assert one.state(**opening(number=1 << 40)).reason == numbers["PART_GONE"]
        assert one.state(**piece(0)).reason == numbers["STATE_WRONG"]  # nothing is open
        assert one.state(**opening()).offset == 0
        assert one.state(**piece(1)).reason == numbers["STATE_WRONG"]  # not the one that follows
        assert one.state(**piece(0)).reason == numbers["STATE_WRONG"]  # and that was the end of it
        assert one.state(**opening()).offset == 0
        assert one.state(**piece(0)).offset == chunk
        one.send(part_get={"sha256": digest, "offset": 0})
        assert one.next().part_state.reason == numbers["STATE_WRONG"]
        assert one.bye(part_chunk={"sha256": digest, "offset": chunk, "data": bytes(chunk + 1)}) == numbers["STATE_WRONG"]
    with Beside(client) as one:
        assert one.state(**opening()).offset == chunk  # what came counts
        for n in (1, 2):
            assert one.state(**piece(n)).offset == (n + 1) * chunk
        assert one.state(**piece(3, b"other")).reason == numbers["PART_DIGEST_WRONG"]
        assert one.state(**opening()).offset == 0
        for _ in range(400):  # without waiting for an answer, and so small that they are read together
            one.send(part_get={"sha256": digest, "offset": 0})
        answer = one.next()
        while answer.WhichOneof("message") != "bye":
            answer = one.next()
        assert answer.bye.reason in (numbers["CREDIT_EXCEEDED"], numbers["SESSION_UNKNOWN"]), answer
    with Beside(client) as one:
        first = one.state(**opening()).offset // chunk
        for n in range(first, 4):
            state = one.state(**piece(n))
        assert state.stored and state.offset == size
        assert one.state(**opening()).stored  # it is known by now
    with Beside(client) as one:
        one.socket.send(b"\xff" * 50)
        assert one.next().bye.reason == numbers["FRAME_MALFORMED"]
    client.send(ping={"token": 77})
    assert client.expect("pong", match=lambda pong: pong.token == 77)


def test_who_has_fewer_gets_a_place(site):
    """Four adapters hold all 32 connections, and say something on each now and then."""
    site.start_broker()
    codes = [one["code"] for one in site.info["agencies"]][:6]
    with contextlib.ExitStack() as held:
        clients = {code: held.enter_context(Client.of_sandbox(site.folder, code)) for code in codes}
        for client in clients.values():
            client.connect()

        def place(code, number):
            one = held.enter_context(Beside(clients[code]))
            state = one.state(part_open={"agency": code, "sha256": hashlib.sha256(f"{code} {number}".encode()).digest(), "size": 300000})
            return one, reason_name(state.reason)

        places = {code: [place(code, number) for number in range(8)] for code in codes[:4]}
        assert {reason for of in places.values() for _, reason in of} == {"OK"}
        assert place(codes[0], 8)[1] == "OVERLOADED"  # who has eight has no ninth
        late = [place(codes[4], number)[1] for number in range(8)] + [place(codes[5], number)[1] for number in range(8)]
        assert late.count("OK") >= 10 and set(late) <= {"OK", "OVERLOADED"}, late
        lost = []
        for code in codes[:4]:
            for one, _ in places[code]:
                if one.socket.poll(0):
                    assert reason_name(one.next().bye.reason) == "OVERLOADED"
                    lost.append(code)
        assert all(1 <= lost.count(code) <= 4 for code in codes[:4]), lost  # the still ones, of all alike
