"""The sample routes (conf/procedures), each from its receipt to the applicant, over one broker and the adapters of all whom
the routes name: forks, joins, consultations, supplements, fees, refusals. At the end the state that the journal gives is the same."""
import datetime
import itertools

import pytest

from deployment import Deployment
from routewalk import Route, Walk

COMMUNE, DISTRICT = "H37.24.03", "H37.24"
POLICE, INSURANCE, HOME_AFFAIRS, FINANCE = "G01.837", "G12.34.37", "H37.11", "H37.12"
SUPPLEMENT = "REQUEST_SUPPLEMENT SUPPLEMENT "
FEE = "REQUEST_FEE FEE_PAID "
HOP = "FORWARD ACCEPT "
END = "RESULT ACCEPT HANDED_OVER"


def birth(walk):
    walk.supplement("khai-sinh", ["Giấy chứng sinh"])
    walk.go("khai-sinh", "thuong-tru", "the-bhyt")
    walk.join("the-bhyt", "tra-ket-qua", kind="RESULT")
    walk.go("thuong-tru", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def death(walk):
    """The police refuse at first; the department asks for papers while the two others go on."""
    offer = walk.offer("khai-tu", "xoa-thuong-tru", "mai-tang", "tu-tuat")
    item = walk.item(POLICE, offer)
    walk.admitted(POLICE, walk.site.api(POLICE).refuse(item["id"], "Trích lục khai tử không đọc được")["id"])
    for agency in (HOME_AFFAIRS, INSURANCE):
        walk.accept(agency, offer)
    assert [v["custody"] for v in walk.look()["legs"]] == ["closed", "held", "held", "held"]
    again = walk.offer("khai-tu", "xoa-thuong-tru")
    walk.accept(POLICE, again)
    walk.supplement("mai-tang", ["Tờ khai đề nghị trợ cấp mai táng"])
    walk.join("xoa-thuong-tru", "tra-ket-qua", kind="RESULT")
    walk.join("tu-tuat", "tra-ket-qua", kind="RESULT")
    walk.go("mai-tang", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def land(walk):
    """A supplement that begins the route anew; then the tax office's notice, and the payment that does not count."""
    walk.go("tiep-nhan", "kiem-tra")
    walk.supplement("kiem-tra", ["Bản gốc Giấy chứng nhận"], goes_on_at="tiep-nhan")
    walk.go("tiep-nhan", "kiem-tra")
    walk.go("kiem-tra", "thong-bao-thue")
    walk.go("thong-bao-thue", "nop-tien")
    walk.fee("nop-tien", 12500000)
    walk.go("nop-tien", "cap-nhat")
    walk.go("cap-nhat", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def enterprise(walk):
    walk.fee("dang-ky", 50000)
    walk.go("dang-ky", "ma-so-thue")
    walk.go("ma-so-thue", "don-vi-bhxh", "khai-trinh-lao-dong")
    walk.join("khai-trinh-lao-dong", "tra-ket-qua", kind="RESULT")
    walk.go("don-vi-bhxh", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def investment(walk):
    """One of the four has not answered: it goes on by a reason alone. Its answer is heard later."""
    walk.go("tiep-nhan", "tham-dinh")
    consult = walk.consult("tham-dinh")
    asked = walk.route.consulted("tham-dinh")
    for agency, agree in zip(asked, (True, False, "with_conditions")):
        walk.opinion("tham-dinh", agency, consult, agree=agree)
    said = {asked[0]: "yes", asked[1]: "no", asked[2]: "with_conditions"}
    assert walk.answers() == {**said, asked[3]: None}
    walk.supplement("tham-dinh", ["Đề xuất nhu cầu sử dụng đất"])
    walk.go("tham-dinh", "quyet-dinh", reason="Ý kiến còn thiếu không làm thay đổi kết quả thẩm định")
    walk.opinion("tham-dinh", asked[3], consult, agree=False)
    assert walk.answers() == {**said, asked[3]: "no"}
    walk.go("quyet-dinh", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def record(walk):
    """The lead takes an unissued result back and makes it anew."""
    walk.go("tiep-nhan", "lap-phieu")
    walk.fee("lap-phieu", 200000)
    walk.go("lap-phieu", "tra-cuu")
    walk.supplement("tra-cuu", ["Bản sao căn cước"])
    walk.go("tra-cuu", "ky-cap")
    lead = walk.route.lead
    result = walk.act(lead, "RESULT", [lead])
    assert walk.status() == 9
    walk.act(lead, "RECALL", [lead], in_reply_to=result, reason="Sai số định danh cá nhân")
    assert walk.status() == 4
    walk.go("ky-cap", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def construction(walk):
    """The province refuses to sign: back to the examination, inside the work, which mends the draft."""
    walk.go("tiep-nhan", "tham-dinh")
    consult = walk.consult("tham-dinh")
    for agency in walk.route.consulted("tham-dinh"):
        walk.opinion("tham-dinh", agency, consult)
    assert set(walk.answers().values()) == {"yes"}
    walk.supplement("tham-dinh", ["Bản vẽ móng"])
    walk.go("tham-dinh", "ky-cap")
    walk.go("ky-cap", "tham-dinh", kind="RESULT", reason="Dự thảo chưa nêu chỉ giới xây dựng")
    view = walk.look()
    assert (view["status"], view["outcome"], view["clock"]["verdict"]) == (4, "", 4), view
    walk.go("tham-dinh", "ky-cap")
    walk.fee("ky-cap", 75000)
    walk.go("ky-cap", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def extract(walk):
    """In hours, and no more than the four legs."""
    walk.go("tiep-nhan", "tra-cuu")
    walk.go("tra-cuu", "ky-cap")
    walk.go("ky-cap", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def minister(walk):
    """The ministry receives and appraises, the Prime Minister decides."""
    walk.step("tiep-nhan", "tham-dinh")
    consult = walk.consult("tham-dinh")
    for agency in walk.route.consulted("tham-dinh"):
        walk.opinion("tham-dinh", agency, consult)
    walk.go("tham-dinh", "thu-tuong")
    walk.go("thu-tuong", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")


def house(walk):
    """All within one commune, from room to room."""
    walk.step("tiep-nhan", "tham-dinh")
    consult = walk.consult("tham-dinh")
    for agency in walk.route.consulted("tham-dinh"):
        walk.opinion("tham-dinh", agency, consult)
    walk.step("tham-dinh", "ky")
    walk.fee("ky", 75000)
    walk.step("ky", "tra-ket-qua", kind="RESULT")
    walk.hand_over("tra-ket-qua")
    sheet = walk.site.cli("form", "06", walk.code, "-o", str(walk.site.folder / "06.pdf"))
    assert "Thẩm định, lấy ý kiến (Bộ phận chuyên môn)" in {row.get("leg") for row in sheet["handoffs"]}, sheet["handoffs"]


ROUTES = {
    "R1": ("2.002621", COMMUNE, {"cong_an": POLICE, "bhxh": INSURANCE}, birth,
           "OPEN " + SUPPLEMENT + "FORWARD ACCEPT ACCEPT RESULT " + END),
    "R2": ("2.002622", COMMUNE, {"cong_an": POLICE, "so_noi_vu": HOME_AFFAIRS, "bhxh": INSURANCE}, death,
           "OPEN FORWARD REFUSE ACCEPT ACCEPT " + HOP + SUPPLEMENT + "RESULT RESULT " + END),
    "R3": ("1.012756", COMMUNE, {}, land,
           "OPEN " + HOP + SUPPLEMENT + 3 * HOP + FEE + HOP + END),
    "R4": ("2.001610", FINANCE, {}, enterprise,
           "OPEN " + FEE + HOP + "FORWARD ACCEPT ACCEPT RESULT " + END),
    "R5": ("1.009645", DISTRICT, {"dia_ban": COMMUNE}, investment,
           "OPEN " + HOP + "CONSULT OPINION OPINION OPINION " + SUPPLEMENT + HOP + "OPINION " + END),
    "R6": ("2.000488", DISTRICT, {}, record,
           "OPEN " + HOP + FEE + HOP + SUPPLEMENT + HOP + "RESULT RECALL " + END),
    "R7": ("1.009994", DISTRICT, {"cong_trinh": "nha-o"}, construction,
           "OPEN " + HOP + "CONSULT OPINION OPINION OPINION " + SUPPLEMENT + HOP + "RESULT ACCEPT " + HOP + FEE + END),
    "R8": ("2.000635", COMMUNE, {}, extract, "OPEN " + 2 * HOP + END),
    "R9": ("1.009748", "G12", {"ubnd_tinh": "H37"}, minister,
           "OPEN FORWARD CONSULT OPINION OPINION OPINION OPINION " + HOP + END),
    "R10": ("1.013225", COMMUNE, {}, house, "OPEN FORWARD CONSULT OPINION OPINION FORWARD " + FEE + "RESULT HANDED_OVER"),
}
NOTICES = {"DUE_SOON", "OVERDUE", "REROUTED", "UNDELIVERABLE"}  # of the broker, by the hour of the day
numbers = itertools.count(1)
walked = {}


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    """One deployment for all the routes, with every agency that one of them names."""
    with Deployment(tmp_path_factory.mktemp("eight") / "s") as site:
        site.start_broker()
        for code in sorted(set().union(*(Route(c, o, f).all() for c, o, f, _, _ in ROUTES.values()))):
            site.start_adapter(code)
        yield site


def check_end(walk, kinds):
    """Handed over: all closed, the trace as told, every hop admitted and signed by its sender, every limit counted."""
    site, route = walk.site, walk.route
    shown = site.cli("dossier", "show", walk.code)
    assert (shown["status"], shown["procedure"], shown["origin"], shown["lead"]) == (10, route.code, walk.origin, route.lead), shown
    assert all(v["custody"] == "CLOSED" for v in shown["legs"]), shown["legs"]
    clock = shown["clock"]
    original, current = (datetime.datetime.fromisoformat(clock[name]) for name in ("due_first", "due_lawful"))
    assert original <= current and clock["verdict"] in (1, 2) and not clock["suspended"], clock
    limits = [v["clock"] for v in shown["legs"] if v["clock"] and v["clock"]["due_first"]]
    assert all(c["verdict"] in (1, 2) and c["allotted_minutes"] > 0 for c in limits), shown["legs"]
    hops = [h for h in walk.hops() if h["kind"] not in NOTICES]
    assert [h["kind"] for h in hops] == kinds.split()
    for hop in hops:
        assert hop["outcome"] == 0 and hop["signer"]["agency"] == hop["sender"] and hop["receipt"]["leaf_hash"], hop
    assert hops[-1]["status"] == 10


@pytest.mark.parametrize("name", ROUTES)
def test_route(province, name):
    code, origin, fields, walk_it, kinds = ROUTES[name]
    walk = Walk(province, Route(code, origin, fields), next(numbers))
    walk.start()
    walk_it(walk)
    check_end(walk, kinds)
    walked[name] = walk.code


def test_journal_gives_the_same_state(province):
    """Last of the file: the broker stops, its data is sound, and the journal replayed has the state hash of the live one."""
    assert walked
    before = {code: province.cli("dossier", "show", code) for code in walked.values()}
    assert province.broker.stop() == 0
    checked = province.cli("store", "check")
    assert checked["sound"] is True and checked["fault"] == ""
    rebuilt = province.cli("store", "rebuild")
    assert rebuilt["sequence"] == checked["journal_last"] and rebuilt["same_as_before"] is True, rebuilt
    province.start_broker()
    assert {code: province.cli("dossier", "show", code) for code in before} == before
