"""Printed forms: a dossier goes its way through the real broker, and `lienthong form` prints what the journal says of it."""
import datetime
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import officetime  # noqa: E402
from deployment import Deployment  # noqa: E402
from office import DEPARTMENT, DISTRICT, MINISTRY  # noqa: E402
from pyclient import Client  # noqa: E402
from pyflow import at, dossier_code, open_envelope  # noqa: E402
import pyrules  # noqa: E402
from pywire import envelope_pb  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((SOURCE / "conf/schema/form.schema.json").read_text())
SAMPLE = json.loads((SOURCE / "conf/samples/to-khai.json").read_text())
SIGNERS = {DISTRICT: "Ủy ban nhân dân huyện Cao Lộc", DEPARTMENT: "Sở Nội vụ tỉnh Lạng Sơn", MINISTRY: "Bộ Nội vụ"}
NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
DAY = 86400 * 1000000


def words(text):
    """Text with its line ends and columns taken out: what is searched for may stand on two lines."""
    return re.sub(r"\s+", " ", text)


class Printed:
    """One form: its data, checked against the schema, and what its PDF says."""

    def __init__(self, site, folder, form, *arguments, lang="vi"):
        self.path = folder / f"{form}-{lang}-{len(list(folder.iterdir()))}.pdf"
        self.data = site.cli("form", form, *arguments, "-o", str(self.path), "--lang", lang)
        jsonschema.validate(self.data, SCHEMA)
        self.text = subprocess.run(["pdftotext", "-layout", self.path, "-"], capture_output=True, text=True, check=True).stdout
        self.plain = words(subprocess.run(["pdftotext", self.path, "-"], capture_output=True, text=True, check=True).stdout)
        self.info = subprocess.run(["pdfinfo", "-isodates", self.path], capture_output=True, text=True, check=True).stdout

    def has(self, *texts):
        for text in texts:
            assert words(text) in self.plain, f"{text!r} is not in:\n{self.text}"

    def pages(self):
        return int(re.search(r"Pages:\s+(\d+)", self.info).group(1))

    def check_qr(self, code):
        """The QR code says the dossier code (when a reader is installed; its modules are checked in test_forms)."""
        if not shutil.which("zbarimg"):
            return
        image = self.path.with_suffix("")
        subprocess.run(["pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-singlefile", "-png", self.path, image], check=True)
        read = subprocess.run(["zbarimg", "-q", "--raw", f"{image}.png"], capture_output=True, text=True)
        assert read.stdout.strip() == code, read


@pytest.fixture
def moved(running, new_case):
    """A dossier that went district, department (refused once), ministry and back, and was handed over."""
    case = new_case()
    part = running.api(DISTRICT).put_part((SOURCE / "conf/samples/giay-xac-nhan.pdf").read_bytes())
    parts = [{"sha256": part["sha256"], "name": "giấy-xác-nhận.pdf", "media_type": "application/pdf"}]
    case.open(body=SAMPLE, parts=parts, subject="Cấp đổi Bằng “Tổ quốc ghi công”")
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    running.api(DEPARTMENT).refuse(offer, "Thiếu bản sao giấy chứng tử")
    running.api(DISTRICT).wait_state(offer, ("refused",))
    case.hand_off(DISTRICT, DEPARTMENT)
    case.hand_off(DEPARTMENT, MINISTRY)
    case.hand_off(MINISTRY, DEPARTMENT)
    case.hand_off(DEPARTMENT, DISTRICT, kind="RESULT")
    over = {"manner": "post", "at": "2026-03-02T10:00:00+07:00"}
    case.admitted(DISTRICT, case.post(DISTRICT, "HANDED_OVER", [DEPARTMENT], hand_over=over))
    return case


def test_forms_of_a_whole_way(running, moved, tmp_path):
    folder = tmp_path / "forms"
    folder.mkdir()
    site, code = running, moved.code

    receipt = Printed(site, folder, "01", code)
    receipt.has(*NATION, "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", code, "Hoàng Thị Lan", SAMPLE["nguoiNop"]["noiThuongTru"],
                "0205 000 0417", "lan.hoang@example.vn", "Bằng Tổ quốc ghi công (bản chụp) (1 bản)", "Trực tiếp tại Bộ phận Một cửa",
                "Cấp đổi Bằng “Tổ quốc ghi công” (1.010828)", "ỦY BAN NHÂN DÂN HUYỆN CAO LỘC",
                f"Số: {receipt.data['number']}", "Trang 1/1", "39 ngày làm việc")
    assert "one_stop" not in receipt.data["agency"]  # a district has none of its own
    assert receipt.data["number"].endswith("/TNHS") and receipt.pages() == 1
    due = datetime.datetime.fromisoformat(receipt.data["dossier"]["due_first"])
    receipt.has(f"{due:%H giờ %M phút, ngày %d tháng %m năm %Y}")
    receipt.check_qr(code)
    made = datetime.datetime.fromisoformat(receipt.data["act"]["time"])
    assert f"CreationDate: {made:%Y-%m-%dT%H:%M:%S}+07" in words(receipt.info)

    sheet = Printed(site, folder, "06", code)
    sheet.has(*NATION, "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ", code, "TÊN CƠ QUAN", "GHI CHÚ", "Trước hạn",
              "Từ chối nhận: Thiếu bản sao giấy chứng tử", "Chuyển kết quả", "Quy định: 12 ngày làm việc")
    sheet.check_qr(code)
    rows = sheet.data["handoffs"]
    assert [r["kind"] for r in rows] == ["OPEN"] + ["FORWARD"] * 3 + ["RESULT"] * 2 + ["HANDED_OVER"]
    for row in rows[1:-1]:
        for who, signed in (("giver", "given_by"), ("taker", "taken_by")):
            subject = SIGNERS[row[who]["code"]]
            assert subject in row[signed]
            sheet.has(f"{subject} ({row[who]['code']})", row[signed])
    # What was taken ended a leg of the giver's, and has its verdict; what was refused has not.
    assert [r.get("verdict") for r in rows] == [None, None, 1, 1, 1, 1, 1]
    assert [r["allotted"] for r in rows[2:]] == [2 * 480, 12 * 480, 20 * 480, 3 * 480, 2 * 480]
    assert [r["limit"]["vi"] for r in rows[2:]] == [f"{n} ngày làm việc" for n in (2, 12, 20, 3, 2)]
    # The sheet and the view tell the same rows: what is used, and who waited.
    stays = site.cli("dossier", "show", code)["stays"]
    held = [s for s in stays if not s["to"]]
    assert [(s["used_minutes"], s["verdict"], s["holder"]) for s in held] == \
        [(r["used"], r["verdict"], r["giver"]["code"]) for r in rows if "verdict" in r]
    waits = [s for s in stays if s["to"]]
    assert [(s["used_minutes"], s["how"]) for s in waits] == \
        [(r["waited"], "refused" if "Từ chối" in r["note"] else "accepted") if "note" in r else (r["waited"], "accepted") for r in rows[1:-1]]
    assert [s["number"] for s in stays] == list(range(1, len(stays) + 1)) and all(s["arrived"] for s in waits)
    hops = {h["sequence"]: h for h in moved.hops()}
    for row in rows[1:-1]:
        assert hops[row["given_sequence"]]["kind"] == row["kind"] and hops[row["given_sequence"]]["time"] == row["given_at"]
        assert hops[row["taken_sequence"]]["sender"] == row["taker"]["code"]

    other = Printed(site, folder, "06", code, lang="both")
    other.has("CONTROL SHEET OF A DOSSIER", "Trước hạn / Before time")
    english = Printed(site, folder, "01", code, lang="en")
    english.has("RECEIPT AND APPOINTMENT", "Received from: Hoàng Thị Lan", "PEOPLE'S COMMITTEE OF CAO LỘC DISTRICT")

    # The same journal, the same bytes.
    again = Printed(site, folder, "06", code)
    assert hashlib.sha256(again.path.read_bytes()).digest() == hashlib.sha256(sheet.path.read_bytes()).digest()
    assert sheet.path.stat().st_mode & 0o777 == 0o600


def test_register_says_how_it_was_handed_over(running, moved, tmp_path):
    folder = tmp_path / "forms"
    folder.mkdir()
    today = officetime.today()
    day = datetime.timedelta(1)
    register = Printed(running, folder, "07", "--agency", DISTRICT, "--from", str(today - day), "--to", str(today + day))
    row = next(r for r in register.data["rows"] if r["code"] == moved.code)
    assert (row["return_method"], row["returned_at"][:16]) == ("Bưu chính", "2026-03-02T10:00"), row
    register.has("Bưu chính")


def test_register(running, new_case, tmp_path):
    folder = tmp_path / "forms"
    folder.mkdir()
    cases = [new_case() for _ in range(40)]
    for number, case in enumerate(cases):
        case.open(body={"nguoiNop": f"Nông Văn Số {number}", "diaChi": "Xã Gia Cát"})
    cases[0].hand_off(DISTRICT, DEPARTMENT)
    today = officetime.today()
    day = datetime.timedelta(1)
    period = ["--agency", "000.00.24.H37", "--from", str(today - day), "--to", str(today + day)]
    register = Printed(running, folder, "07", *period)
    register.has(*NATION, "SỔ THEO DÕI HỒ SƠ", "Nông Văn Số 39; Xã Gia Cát", f"Trang 2/{register.pages()}", f"{today - day:%d/%m/%Y}")
    rows = register.data["rows"]
    assert [r["code"] for r in rows] == [c.code for c in cases]
    assert "forwarded_at" in rows[0] and not any("forwarded_at" in r for r in rows[1:])
    assert register.pages() > 1 and register.text.count("Mã hồ sơ") == register.pages()
    empty = Printed(running, folder, "07", "--agency", DISTRICT, "--from", "2020-01-01", "--to", "2020-12-31")
    assert empty.data["rows"] == [] and empty.pages() == 1
    other = Printed(running, folder, "07", "--agency", DEPARTMENT, *period[2:])
    assert other.data["rows"] == []


@pytest.fixture
def offices(tmp_path):
    """The broker, and two agencies that send what adapters do not."""
    with Deployment(tmp_path / "s") as site:
        site.start_broker()
        with Client.of_sandbox(site.folder, DISTRICT) as district, Client.of_sandbox(site.folder, DEPARTMENT) as department:
            for client in (district, department):
                client.connect()
                client.drain()
            yield site, district, department


def send(client, kind, sender, code, to, last, **more):
    answer = client.submit([client.make(kind, sender, code, to, **at(last), **more)])[0]
    assert answer.name == "OK", answer
    return answer


def opened(client, to=DISTRICT, **more):
    code = dossier_code(DISTRICT)
    body = json.dumps({"hoTen": "Lý Thị Mỷ", "diaChi": "Bản Khoai", "soBo": 2}, ensure_ascii=False).encode()
    answer = client.submit([client.make("OPEN", DISTRICT, code, [to], [(body, "body.json", "application/json")],
                                        procedure="1.010828", procedure_version=1, **more)])[0]
    assert answer.name == "OK", answer
    return code, answer


def test_supplement_apology_and_stop(offices, tmp_path):
    site, district, _ = offices
    folder = tmp_path / "forms"
    folder.mkdir()
    code, last = opened(district)
    hostile = "Thiếu giấy tờ; " + "W" * 300 + " " + ("rất dài " * 80).strip()
    items = ["Bản sao giấy chứng tử", "Y" * 250]
    turned = district.make("REQUEST_SUPPLEMENT", DISTRICT, code, [DISTRICT], **at(last), items=items, reason="Thiếu giấy \u202etờ",
                           due_at=pyrules.now() + 40 * DAY)
    assert district.submit([turned])[0].name == "TEXT_NOT_IN_FORM"  # it never comes to a form
    asked = district.make("REQUEST_SUPPLEMENT", DISTRICT, code, [DISTRICT], **at(last), items=items, reason=hostile)
    last = district.submit([asked])[0]
    assert last.name == "OK", last
    supplement = Printed(site, folder, "02", code)
    supplement.has("PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "1. Bản sao giấy chứng tử", "Lý do: Thiếu giấy tờ;", "rất dài rất dài",
                   "Thời hạn bổ sung", SIGNERS[DISTRICT], "Lý Thị Mỷ")
    until = datetime.datetime.fromisoformat(supplement.data["act"]["due"])  # nobody said it: the broker has counted it
    assert until - datetime.datetime.fromisoformat(supplement.data["act"]["time"]) >= datetime.timedelta(7)
    supplement.has(f"{until:%H giờ %M phút, ngày %d tháng %m năm %Y}")
    assert Printed(site, folder, "02", code, "--record", str(supplement.data["act"]["sequence"])).data == supplement.data
    assert "\u202e" not in supplement.text and supplement.data["act"]["items"] == items
    supplement.check_qr(code)
    send(district, "SUPPLEMENT", DISTRICT, code, [DISTRICT], last, in_reply_to=envelope_pb.Header.FromString(asked.header).id)
    sheet = Printed(site, folder, "06", code)
    sheet.has("1. Giao: Lý Thị Mỷ", "Bổ sung hồ sơ")
    assert [r["kind"] for r in sheet.data["handoffs"]] == ["OPEN", "SUPPLEMENT", "STAY"]
    assert sheet.data["handoffs"][-1]["verdict"] == 4 and "Đang giữ" in sheet.data["handoffs"][-1]["note"]

    code, last = opened(district)
    due = datetime.datetime.fromisoformat(site.cli("form", "01", code)["dossier"]["due_first"])
    counted = subprocess.run([str(site.cli_bin), "due", "--from", due.isoformat(), "--limit", "5 working_days", "--agency", DISTRICT,
                              "--json"], capture_output=True, text=True, check=True).stdout
    put_off = datetime.datetime.fromisoformat(json.loads(counted)["due"])  # a working moment
    later = int(put_off.timestamp()) * 1000000
    last = send(district, "APOLOGY", DISTRICT, code, [DISTRICT], last, reason="Nhiều hồ sơ cùng lúc", due_at=later)
    apology = Printed(site, folder, "04", code)
    apology.has("VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT", "Nhiều hồ sơ cùng lúc", f"{due:%d tháng %m năm %Y}",
                f"{put_off:%d tháng %m năm %Y}")
    assert apology.data["number"].endswith("/PXL")

    lead = [DISTRICT, DEPARTMENT]
    last = send(district, "WITHDRAW", DISTRICT, code, lead, last, reason="Gia đình không còn nhu cầu")
    send(district, "STOP", DISTRICT, code, [DISTRICT], last, reason="Đồng ý cho rút hồ sơ")
    stop = Printed(site, folder, "05", code)
    stop.has("THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ", "Gia đình không còn nhu cầu", "Đồng ý cho rút hồ sơ", "Công dân yêu cầu rút hồ sơ")


def test_refusal_at_intake(offices, tmp_path):
    site, district, department = offices
    folder = tmp_path / "forms"
    folder.mkdir()
    code, _ = opened(district, DEPARTMENT)
    item = department.receive(1)[0]
    answer = department.submit([department.answer_to(item, "REFUSE", reason="Không thuộc thẩm quyền giải quyết")])[0]
    assert answer.name == "OK", answer
    refusal = Printed(site, folder, "03", code)
    refusal.has("PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ", "Không thuộc thẩm quyền giải quyết", "SỞ NỘI VỤ TỈNH LẠNG SƠN", code)


def test_what_does_not_apply_is_said(offices, tmp_path):
    site, district, _ = offices
    code, _ = opened(district)
    target = str(tmp_path / "x.pdf")
    for form, kind in (("02", "REQUEST_SUPPLEMENT"), ("03", "REFUSE"), ("04", "APOLOGY"), ("05", "STOP")):
        done = subprocess.run([site.cli_bin, "form", form, code, "-o", target, "--sandbox", site.folder], capture_output=True, text=True)
        assert done.returncode == 66 and kind in done.stderr, done
    for arguments, status in ((["08", code], 64), (["1", code], 64), (["06"], 64), (["06", code, "--lang", "fr"], 64),
                              (["07", "--agency", DISTRICT, "--from", "2026-02-30", "--to", "2026-03-01"], 64),
                              (["07", "--agency", DISTRICT, "--from", "2026-03-02", "--to", "2026-03-01"], 64),
                              (["07", "--agency", "H99", "--from", "2026-03-01", "--to", "2026-03-01"], 66),
                              (["06", "H37.24-20250101-9999999"], 66), (["06", code, "--conf", str(tmp_path)], 66)):
        done = subprocess.run([site.cli_bin, "form", *arguments, "-o", target, "--sandbox", site.folder], capture_output=True, text=True)
        assert done.returncode == status and done.stderr.startswith("lienthong: "), (arguments, done)
    done = subprocess.run([site.cli_bin, "form", "06", code, "--sandbox", site.folder], capture_output=True, text=True)
    assert done.returncode == 64 and "-o FILE" in done.stderr
    assert not pathlib.Path(target).exists()


def test_sample_mapping_holds_its_schema():
    jsonschema.validate(json.loads((SOURCE / "conf/forms.json").read_text()), json.loads((SOURCE / "conf/schema/forms.schema.json").read_text()))


def test_mapping_is_checked_with_its_place(offices, tmp_path):
    site, district, _ = offices
    code, _ = opened(district)
    for text, place in (('{"facts": {"name": ["hoTen"]}}', "/facts/name/0"), ('{"facts": {"nmae": []}}', "/facts/nmae"),
                        ('{"facts": {}, "numbers": {"01": 3}}', "/numbers/01")):
        (tmp_path / "forms.json").write_text(text)
        done = subprocess.run([site.cli_bin, "form", "01", code, "--json", "--conf", tmp_path, "--sandbox", site.folder],
                              capture_output=True, text=True)
        assert done.returncode == 65 and place in done.stderr and "forms.json:1" in done.stderr, done
