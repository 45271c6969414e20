"""A folder as the way in and out: what is renamed into it is sent once, what arrives lies there whole, and who writes into it gets no
further than his own envelopes."""
import hashlib
import json
import os
import subprocess
import time

import pytest

import officetime
from deployment import Deployment, Failed
from office import DEPARTMENT, DISTRICT, Case

PDF = b"%PDF-1.7 " + bytes(range(256))


class Spool:
    def __init__(self, folder):
        self.folder = folder

    def put(self, name, envelope, **files):
        """As whoever writes into it has to: beside it, then by one rename."""
        beside = self.folder.parent / f"{self.folder.name}.beside"
        if not files and name.endswith(".json"):
            beside.write_text(envelope if isinstance(envelope, str) else json.dumps(envelope))
        else:
            beside.mkdir()
            (beside / "envelope.json").write_text(json.dumps(envelope))
            for key, data in files.items():
                (beside / key.replace("__", ".")).write_bytes(data)
        beside.rename(self.folder / "out" / name)

    def wait(self, place, match, seconds=30):
        """The first entry of a place whose name matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for path in sorted((self.folder / place).iterdir()):
                if match(path):
                    return path
            time.sleep(0.05)
        raise Failed(f"{place}: {sorted(p.name for p in self.folder.rglob('*'))}")

    def told(self, name, state, seconds=30):
        def fits(path):
            return path.name == f"{name}.status.json" and state in (json.loads(path.read_text())["state"], answer_of(path))
        return json.loads(self.wait("sent", fits, seconds).read_text())

    def why(self, name, seconds=30):
        text = self.wait("failed", lambda p: p.name == f"{name}.txt", seconds)
        self.wait("failed", lambda p: p.name == name, 5)
        return text.read_text()

    def item(self, place, word, seconds=30):
        return self.wait(place, lambda p: word in p.name and p.name[0] != ".", seconds)


def answer_of(path):
    answers = json.loads(path.read_text()).get("answers") or [{}]
    return answers[0].get("state")


@pytest.fixture(scope="module")
def offices(tmp_path_factory):
    """District and department, each with a spool."""
    with Deployment(tmp_path_factory.mktemp("spool") / "s") as site:
        site.start_broker()
        for code in (DISTRICT, DEPARTMENT):
            conf = site.path(site.agency(code)["conf"])
            conf.write_text(conf.read_text() + "\n[spool]\nfolder=spool\n")
            site.start_adapter(code)
        yield site


@pytest.fixture
def spools(offices):
    return [Spool(offices.path(offices.agency(code)["conf"]).parent / "spool") for code in (DISTRICT, DEPARTMENT)]


@pytest.fixture
def dossier(request):
    numbers = request.config.__dict__.setdefault("spool_numbers", iter(range(1, 1000)))
    return officetime.dossier_code(DISTRICT, next(numbers))


def opening(dossier):
    return {"kind": "OPEN", "dossier": dossier, "procedure": "1.010828", "received": True, "to": [{"agency": DISTRICT}],
            "body": {"họ tên": "Nguyễn Thị Ổn"}}


def forward(dossier, **more):
    return {"kind": "FORWARD", "dossier": dossier, "to": [{"agency": DEPARTMENT}], "subject": "Chuyển hồ sơ", **more}


def test_a_case_goes_by_files_alone(offices, spools, dossier):
    district, department = spools
    district.put("01 mở.json", opening(dossier))
    district.put("02 chuyển", forward(dossier), don__pdf=PDF, **{"ghi chú__txt": "Kèm đơn".encode()})
    assert district.told("01 mở.json", "admitted")["procedure_version"] == 1  # as POST fills it in
    sent = district.told("02 chuyển", "delivered")
    assert [(p["name"], p["media_type"]) for p in sent["parts"]] == [("don.pdf", "application/pdf"), ("ghi chú.txt", "text/plain")], sent
    assert (district.folder / "sent/02 chuyển/don.pdf").read_bytes() == PDF
    assert not list((district.folder / "out").iterdir())
    item = department.item("in", f"FORWARD-{dossier}")
    files = {p.name for p in item.iterdir()}
    assert {"envelope.json", "header.bin", "sig.p7s", "signer.pem", "ca.pem", "part-00-don.pdf", "part-01-ghi chú.txt"} <= files, files
    assert (item / "part-00-don.pdf").read_bytes() == PDF
    signed = "batch.bin" if "batch.bin" in files else "header.bin"
    subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", "sig.p7s", "-content",
                    signed, "-certfile", "signer.pem", "-CAfile", "ca.pem", "-out", "/dev/null"], cwd=item, check=True, capture_output=True)
    envelope = json.loads((item / "envelope.json").read_text())
    assert envelope == offices.api(DEPARTMENT).call("GET", f"/v1/inbox/{envelope['id']}")[1]
    department.put("nhận.json", {"kind": "ACCEPT", "dossier": dossier, "in_reply_to": envelope["id"]})
    done = department.item("done", f"FORWARD-{dossier}")
    assert done.name == item.name and json.loads((done / "envelope.json").read_text())["state"] == "accepted"
    assert district.told("02 chuyển", "accepted")["id"] == envelope["id"]
    assert Case(offices, dossier).holder() == DEPARTMENT


def test_what_is_wrong_says_what_and_how_to_mend_it(offices, spools, dossier):
    district, _ = spools
    secret = district.folder.parent / "key.pem"
    out = district.folder / "out"
    district.put("sai.json", json.dumps({**opening(dossier), "to": [{"agency": "H99.99"}], "kinf": 1}, indent=1))
    district.put("thừa", forward(dossier, parts=[{"name": "a.pdf", "media_type": "application/pdf"}]), a__pdf=PDF, b__pdf=PDF)
    (out / "lạ.txt").write_text("?")
    os.symlink(secret, out / "khóa.json")
    os.mkfifo(out / "ống.json")
    nested = district.folder.parent / "nested"
    (nested / "trong").mkdir(parents=True)
    (nested / "envelope.json").write_text(json.dumps(opening(dossier)))
    nested.rename(out / "lồng")
    linked = district.folder.parent / "linked"
    linked.mkdir()
    (linked / "envelope.json").write_text(json.dumps(forward(dossier)))
    os.link(secret, linked / "a.pem")
    os.symlink(secret, linked / "b.pem")
    linked.rename(out / "cứng")
    with open(os.fsencode(out) + b"/\xff\n.json", "w") as odd:
        odd.write("{}")
    text = district.why("sai.json")
    assert "BODY_MALFORMED" in text and "/kinf (dòng / line" in text and "vi: " in text and "en: " in text, text
    assert "b.pdf" in district.why("thừa") and "không phải tệp .json" in district.why("lạ.txt")
    for name in ("khóa.json", "ống.json"):
        assert "liên kết, thiết bị" in district.why(name), name
    assert "liên kết" in district.why("cứng") and "trong" in district.why("lồng")
    assert "UTF-8" in district.why("__.json")
    assert not list(out.iterdir()), list(out.iterdir())
    # Mended, and back.
    (district.folder / "failed/sai.json").write_text(json.dumps(opening(dossier)))
    os.rename(district.folder / "failed/sai.json", out / "sai.json")
    district.told("sai.json", "admitted")


def test_what_the_broker_rejects_comes_back(offices, spools, dossier):
    district, department = spools
    district.put("mở.json", opening(dossier))
    district.told("mở.json", "admitted")
    stale = {**forward(dossier), "branch": 1, "branch_version": 77}
    district.put("cũ.json", stale)
    text = district.why("cũ.json")
    assert "STALE_VERSION" in text and "Cách gửi lại" in text, text
    end = time.monotonic() + 10
    while (district.folder / "sent/cũ.json.status.json").exists():
        assert time.monotonic() < end, "its state still stands in sent"
        time.sleep(0.02)
    first = len(offices.api(DISTRICT).all("/v1/envelopes", "envelopes", dossier=dossier))
    os.rename(district.folder / "failed/cũ.json", district.folder / "out/cũ.json")  # unchanged: it is tried again
    while len(offices.api(DISTRICT).all("/v1/envelopes", "envelopes", dossier=dossier)) == first:
        time.sleep(0.05)
    district.why("cũ.json")


def test_the_same_twice_and_a_crash_are_one_envelope(offices, spools, dossier):
    district, _ = spools
    district.put("một.json", opening(dossier))
    first = district.told("một.json", "admitted")
    district.put("một.json", opening(dossier))
    district.wait("sent", lambda p: p.name == "một.json.2")
    # Stored, and killed before it was moved: it lies in `out` again, and nothing was told.
    adapter = offices.adapters[DISTRICT]
    adapter.kill()
    os.rename(district.folder / "sent/một.json", district.folder / "out/một.json")
    os.unlink(district.folder / "sent/một.json.status.json")
    offices.start_adapter(DISTRICT)
    assert district.told("một.json", "admitted")["id"] == first["id"]
    sent = offices.api(DISTRICT).all("/v1/envelopes", "envelopes", dossier=dossier)
    assert [e["id"] for e in sent] == [first["id"]], sent


def test_a_large_part_goes_by_files(offices, spools, dossier):
    """Over 256 KiB: copied, carried before its envelope, and laid out whole. Beside it one that an upload has brought, by its digest."""
    district, department = spools
    scan = os.urandom(3 << 20)
    district.put("01.json", opening(dossier))
    district.put("02", forward(dossier), ban_ve__pdf=scan, nho__txt=b"nho")
    sent = district.told("02", "delivered", 60)
    assert [(p["name"], p["size"]) for p in sent["parts"]] == [("ban_ve.pdf", len(scan)), ("nho.txt", 3)], sent
    item = department.item("in", f"FORWARD-{dossier}")
    assert (item / "part-00-ban_ve.pdf").read_bytes() == scan and (item / "part-01-nho.txt").read_bytes() == b"nho"
    large = offices.path(offices.agency(DISTRICT)["conf"]).parent / "data/large"
    assert [p.name for p in large.iterdir()] == [hashlib.sha256(scan).hexdigest()], "no copy is left"


def test_health_says_that_the_folder_is_gone(offices, spools, dossier):
    """Named in health and figures while it lasts, and what was put there meanwhile goes out behind it."""
    district, _ = spools
    out, beside = district.folder / "out", district.folder.parent / "out.beside"
    out.rename(beside)
    out.write_text("no folder")
    Case(offices, dossier).open()  # the feed grows: it looks at once
    red = until(lambda: [c for c in offices.api(DISTRICT).call("GET", "/healthz")[1]["causes"] if c["code"] == "SPOOL_STOPPED"])
    assert str(district.folder) in red[0]["detail"], red
    assert 'trouble{code="SPOOL_STOPPED"} 1' in offices.api(DISTRICT).call("GET", "/metrics", raw=True)[1].decode()
    out.unlink()
    beside.rename(out)
    district.put("chuyển.json", forward(dossier))
    district.told("chuyển.json", "admitted")
    until(lambda: offices.api(DISTRICT).call("GET", "/healthz")[1]["causes"] == [])


def until(what, seconds=25):
    """A folder that was broken is looked at every ten seconds."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_who_still_writes_is_waited_for(spools, dossier):
    district, _ = spools
    text = json.dumps(opening(dossier))
    with open(district.folder / "out/chậm.json", "w") as slow:
        slow.write(text[:40])
        slow.flush()
        time.sleep(2.5)
        slow.write(text[40:])
    assert district.told("chậm.json", "admitted")["state"]
