"""Reports equal what an independent count over the journal gives: read record by record over the control socket, counted here, with due times
asked of the calendar alone."""
import datetime
import html
import io
import itertools
import json
import re
import subprocess
import time
import zipfile

import pytest
import officetime
from console import Console
from counted import records
from deployment import Deployment
from office import DEPARTMENT, DISTRICT, Case
from pycontrol import ask
from pyflow import dossier_code
from pywire import control_pb, envelope_pb

PROCEDURE = {
    "code": "9.000079", "version": 1, "name": "Thủ tục để đếm", "name_en": "To be counted", "sector": "G09-X79", "valid_from": "2025-01-01", "valid_to": None,
    "total": "2 working_days", "source": "kiểm thử", "lead": DEPARTMENT, "withdraw": {"by": ["origin"], "until": "ky"},
    "legs": [{"id": "nhan", "name": "Nhận", "name_en": "Receive", "agency": "origin", "kind": "receive", "limit": "0.5 working_days", "next": ["ky"], "supplements": 1},
             {"id": "ky", "name": "Ký", "name_en": "Sign", "agency": DEPARTMENT, "kind": "approve", "limit": "1 working_days", "next": ["tra"]},
             {"id": "tra", "name": "Trả", "name_en": "Return", "agency": "origin", "kind": "return", "limit": "0.5 working_days"}]}
EVER = ["--from", "2026-01-01", "--until", "2099-12-31"]
CHANNELS = {1: "counter", 2: "online", 3: "post"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with Deployment(folder / "s") as made:
        made.start_broker()
        (folder / "p.json").write_text(json.dumps(PROCEDURE))
        made.cli("procedure", "import", str(folder / "p.json"), "--reason", "thử")
        for code in (DISTRICT, DEPARTMENT):
            made.start_adapter(code)
        work(made)
        (made.folder / "ranking.json").write_text(json.dumps({"least": 1, "weights": {"on_time": 40, "satisfaction": 60}, "electronic": {"online": 1}}))
        (made.folder / "survey.csv").write_text(f'agency,indicator,value,source\n{DISTRICT},satisfaction,75,"Phiếu <quý> IV"\n')
        conf = made.folder / "console.conf"
        conf.write_text(conf.read_text().rstrip("\n") + "\nweights=ranking.json\nvalues=survey.csv\n")
        made.console = Console(made)
        made.console.start()
        yield made
        assert made.console.process.stop() == 0


def work(site):
    def opened(channel=None):
        case = Case(site, dossier_code(DISTRICT))
        case.open(procedure=PROCEDURE["code"], procedure_version=1, **({"channel": channel} if channel else {}))
        return case

    def handed_on(case):
        offer = case.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "ky"}])
        case.accept(DEPARTMENT, offer)

    def done(case, **more):
        case.accept(DISTRICT, case.post(DEPARTMENT, "RESULT", [{"agency": DISTRICT, "leg": "tra"}], **more))

    early, late, overdue, papers = opened("online"), opened("counter"), opened("post"), opened("online")
    handed_on(early)
    done(early)
    handed_on(late)
    papers.admitted(DISTRICT, papers.post(DISTRICT, "REQUEST_SUPPLEMENT", [DISTRICT], reason="thiếu", items=["giấy khai sinh"]))
    moved = subprocess.run([site.cli_bin, "sandbox", "clock", site.folder, "+3working_days"], capture_output=True, text=True)
    assert moved.returncode == 0, moved.stderr
    done(late, late_reason={"code": "thieu-nguoi", "words": "nghỉ"})
    opened()
    assert overdue.holder() == DISTRICT
    fee, back = opened("online"), opened("counter")
    fee.admitted(DISTRICT, fee.post(DISTRICT, "REQUEST_FEE", [DISTRICT], amount=50000))
    back.admitted(DISTRICT, back.post(DISTRICT, "WITHDRAW", [DISTRICT], reason="người dân rút"))


# ---- the other count ----

def due_of(site, received):
    text = officetime.at(received).isoformat(timespec="seconds")
    done = subprocess.run([site.cli_bin, "due", "--limit", PROCEDURE["total"], "--agency", DISTRICT, "--from", text, "--json"], capture_output=True,
                          text=True)
    return datetime.datetime.fromisoformat(json.loads(done.stdout)["due"])


def count(site):
    dossiers, last = {}, 0
    for _, moment, header, outcome in records(site):
        last = max(last, moment)
        if outcome.reason or not outcome.dossier:
            continue
        one = dossiers.setdefault(outcome.dossier, {"stays": [], "finished": None, "status": 0})
        if header is not None and header.kind == envelope_pb.KIND_OPEN:
            one.update(code=header.dossier, channel=CHANNELS.get(header.channel, "unsaid"), received=moment)
        if outcome.status:
            if outcome.status == 9 and one["status"] != 9:
                one["finished"] = moment
            one["status"] = outcome.status
        one["stays"] += outcome.stays
    return dossiers.values(), last


def report(site, name, *more):
    return site.cli("report", name, *EVER, *more)


def caught_up(site):
    head, end = site.cli("status")["head"], time.monotonic() + 30
    while (found := subprocess.run([site.cli_bin, "report", "agencies", "--sandbox", site.folder, "--json"], capture_output=True, text=True)) \
            and (found.returncode or json.loads(found.stdout)["sequence"] < head):
        assert time.monotonic() < end, found.stderr or found.stdout
        time.sleep(0.1)


DAY = datetime.timedelta(days=1)


def sums(dossiers, last, start, end):
    """The columns of a period, start <= t < end in microseconds, by docs/reports.md."""
    want = dict.fromkeys(["received", "online", "counter", "post", "unsaid", "before", "done", "early", "late", "in_hand", "in_time", "overdue", "papers",
                          "fee", "withdrawn"], 0)
    for one in dossiers:
        finished = one["finished"] if one["finished"] and one["finished"] < end else None
        if one["received"] >= end or (one["finished"] or end) < start:
            continue
        late = (finished or min(last, end)) >= one["due"]
        waits = {5: "papers", 6: "fee", 7: "withdrawn"}.get(one["status"]) if not one["finished"] else None
        fresh = one["received"] >= start
        counted = [*(["received", one["channel"]] if fresh else ["before"]),
                   *(["done", "late" if late else "early"] if finished else [waits] if waits else ["in_hand", "overdue" if late else "in_time"])]
        for column in counted:
            want[column] += 1
    return want


def test_reports_equal_a_count_over_the_journal(site):
    caught_up(site)
    dossiers, last = count(site)
    for one in dossiers:
        one["due"] = due_of(site, one["received"]).timestamp() * 1e6 + 60e6  # the due minute is in time
    want = sums(dossiers, last, 0, 1e18)
    # what was made so comes out of both
    assert {k: v for k, v in want.items() if v} == {"received": 7, "online": 3, "counter": 2, "post": 1, "unsaid": 1, "done": 2, "early": 1, "late": 1,
                                                    "in_hand": 2, "in_time": 1, "overdue": 1, "papers": 1, "fee": 1, "withdrawn": 1}
    for name in ("agencies", "sectors", "procedures", "channels"):
        total = report(site, name)["total"]
        assert {k: total[k] for k in want} == want, name
    row, = report(site, "agencies")["rows"]
    assert (row["key"], row["received"], row["rate"], row["rate_open"]) == (DISTRICT, 7, 0.5, pytest.approx(1 / 3))
    for column, among in itertools.product(("late", "overdue", "papers", "fee", "withdrawn"), (None, DISTRICT)):
        found = report(site, "agencies", "--dossiers", column, *(["--of", among] if among else []))["rows"]
        assert len(found) == want[column]
    # each border between the first day and the last: what is carried over, done on one side of it, received on the other
    first, ended = (officetime.at(t).date()
                    for t in (min(one["received"] for one in dossiers), last))
    seen = 0
    for day in (first + DAY * n for n in range((ended - first).days + 1)):
        for start, until in ((first, day), (day, ended)):
            total = site.cli("report", "agencies", "--from", str(start), "--until", str(until))["total"]
            want = sums(dossiers, last, officetime.start_of(start), officetime.start_of(until + DAY))
            assert {k: total[k] for k in want} == want, (start, until)
            seen += want["before"]
    assert seen > 0


def test_delays_equal_a_sum_over_the_rows_of_the_journal(site):
    caught_up(site)
    charged, legs, reasons = [], {}, {}
    dossiers, last = count(site)
    for one in dossiers:
        late = (one["finished"] or last) >= due_of(site, one["received"]).timestamp() * 1e6 + 60e6
        for stay in one["stays"]:
            beyond = max(0, stay.used - stay.allotted) - max(0, stay.carried - stay.allotted) if stay.verdict == 3 else 0
            if late and stay.verdict == 3:
                charged.append((one["code"], stay.to or stay.holder, stay.leg, beyond, stay.ended_by))
            if not stay.to and stay.limit_unit and stay.verdict in (1, 2, 3):
                legs.setdefault(f"{PROCEDURE['code']} {stay.leg}", []).append(stay.verdict == 3)
            if stay.verdict == 3:
                reasons[stay.late] = reasons.get(stay.late, 0) + 1
    assert charged and reasons.get("thieu-nguoi") == 1
    found = report(site, "delays", "--dossiers", "dossiers")["rows"]
    assert sorted((r["dossier"], r["agency"], r["leg"], r["beyond"], r["record"]) for r in found if r["record"]) == sorted(charged)
    whole = report(site, "delays")
    assert sum(r["minutes"] for r in whole["rows"]) == whole["total"]["minutes"] > 0
    assert {r["key"]: (r["stays"], r["late"]) for r in report(site, "legs")["rows"]} == {k: (len(v), sum(v)) for k, v in legs.items()}
    assert {r["key"]: r["stays"] for r in report(site, "reasons")["rows"]} == reasons


def extract(site, folder, *more):
    """The text of a signed extract, checked as docs/evidence.md says, with openssl alone."""
    folder.mkdir()
    site.cli("report", "delays", "--signed", str(folder / "delays.zip"), *more)
    with zipfile.ZipFile(folder / "delays.zip") as file:
        file.extractall(folder)
    checked = subprocess.run(["sh", folder / "check.sh"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    return json.loads((folder / "delays.json").read_text())


def test_the_broker_signs_who_caused_the_delays(site, tmp_path):
    caught_up(site)
    told, dossiers = extract(site, tmp_path / "all", *EVER), {one["code"]: one for one in count(site)[0]}
    whole = report(site, "delays")
    for one in told["dossiers"]:
        ended = {stay.number: stay for stay in dossiers[one["dossier"]]["stays"]}
        rows = {row["number"]: row for row in one["rows"] if row["number"]}
        assert {n: (r["agency"], r["leg"], r["allotted"], r["used"], r["begun_record"], r["ended_record"]) for n, r in rows.items()} == {
            n: (s.to or s.holder, s.leg, s.allotted, s.used - s.carried, s.begun_by, s.ended_by) for n, s in ended.items()}
        assert one["late"] == sum(r["beyond"] for r in one["rows"]) + one["unallotted"] - one["made_up"] == max(0, one["used"] - one["allotted"])
    assert {one["agency"]: one["minutes"] for one in told["agencies"]} == {r["key"]: r["minutes"] for r in whole["rows"] if "." in r["key"]}
    assert (told["late"], told["unallotted"]) == (whole["total"]["minutes"], sum(r["minutes"] for r in whole["rows"] if r["key"] == "unallotted"))
    assert told["from"].startswith("2026-01-01") and len(told["dossiers"]) == 2
    # of one agency, of one dossier, and what is asked for twice counts once
    assert {one["dossier"] for one in extract(site, tmp_path / "own", *EVER, "--agency", DISTRICT)["dossiers"]} <= set(dossiers)
    late = told["dossiers"][0]["dossier"]
    single = extract(site, tmp_path / "one", "--dossier", late)
    assert single["dossiers"] == [told["dossiers"][0]] and single["until"] is None
    twice = ask(site.folder / "broker/control.sock", control_pb.ControlRequest(delays=control_pb.DelaysRequest(dossiers=[late, late])))
    assert [one["dossier"] for one in json.loads(twice.delays.text)["dossiers"]] == [late]
    (tmp_path / "one/delays.json").write_text((tmp_path / "one/delays.json").read_text().replace('"minutes":', '"minutes":1'))
    assert subprocess.run(["sh", tmp_path / "one/check.sh"], capture_output=True).returncode != 0
    assert "delays looked at" in site.broker.log.read_text()


def test_what_is_no_extract(site):
    def refused(**delays):
        return ask(site.folder / "broker/control.sock", control_pb.ControlRequest(delays=control_pb.DelaysRequest(**delays))).reason
    assert refused(dossiers=["H37.24-20261124-0999999"]) and refused() and refused(dossiers=["x"] * 2001)
    assert refused(dossiers=["x"], **{"from": 2, "until": 1})


def test_as_text_csv_and_paper(site, tmp_path):
    text = site.cli("report", "agencies", *EVER, as_json=False)
    assert "Tiếp nhận trong kỳ" in text and "Dừng xử lý" not in text and "đúng tại bản ghi" in text
    assert re.search(r"(?m)^Từ \d\d/\d\d/\d{4} đến hết \d\d/\d\d/\d{4}$", text) and re.search(r"\(\d\d:\d\d ngày \d\d/\d\d/\d{4}\)\.$", text.rstrip())
    for name in ("r.csv", "r.pdf", "r.json"):
        site.cli("report", "agencies", *EVER, "-o", str(tmp_path / name), as_json=False)
    lines = (tmp_path / "r.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and "Dừng xử lý" in lines[0]
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((tmp_path / "r.json").read_text())["rows"][0]["key"] == DISTRICT
    ranked = report(site, "ranking", "--level", "district")
    assert ranked["rows"][0]["dossiers"] == 7 and ranked["rows"][0]["rank"] is None


def test_the_page_has_the_same_numbers_and_opens_them(site):
    caught_up(site)
    browser, period = site.console.enter(), "from=2026-01-01&until=2099-12-31"
    page = browser.get(f"/reports?report=agencies&{period}")
    link = next(href for href in re.findall(r'href="(/reports[^"]*column=overdue[^"]*)"', page))
    code = report(site, "agencies", "--dossiers", "overdue")["rows"][0]["dossier"]
    assert f'href="/dossiers/{code}"' in browser.get(html.unescape(link))
    assert "Từ 01/01/2026 đến hết 31/12/2099" in page  # on paper too, where the fields are left out
    assert "<rect class=part" in page and "Dừng xử lý" not in page
    opened = f"/reports?report=reasons&{period}&column=stays"  # of all, of one reason, of none given
    assert [browser.get(opened + one).count('href="/dossiers/') for one in ("", "&one=1&key=thieu-nguoi", "&one=1&key=")] == [1, 1, 0]
    browser.get("/reports?report=agencies&column=name", 400)
    # the head of a column puts its largest first, then its smallest; what lies behind a number has such heads too
    page = browser.get(f"/reports?report=procedures&{period}&sort=-received")
    assert "aria-sort=descending" in page and "sort=received" in page and "sort=-late" in page
    codes = re.findall(r'href="/dossiers/([^"]+)"', browser.get(f"/reports?report=agencies&{period}&column=received&sort=-dossier"))
    assert len(codes) == 7 and codes == sorted(codes, reverse=True)
    assert codes == [row["dossier"] for row in report(site, "agencies", "--dossiers", "received", "--sort", "-dossier")["rows"]]
    browser.get(f"/reports?report=agencies&{period}&sort=nothing", 400)
    assert "ngày cuối đứng trước ngày đầu" in browser.get("/reports?report=agencies&from=2026-12-05&until=2026-12-01")
    assert "ngày cuối đứng trước" not in page
    signed = next(href for href in re.findall(r'href="(/reports/delays.zip[^"]*)"', browser.get(f"/reports?report=delays&{period}")))
    for href in (html.unescape(signed), f"/reports/delays.zip?dossier={code}"):
        with zipfile.ZipFile(io.BytesIO(browser.bytes(href))) as file:
            assert code in file.read("delays.json").decode() and file.read("sig.p7s")
    ranked = browser.get(f"/reports?report=ranking&level=district&{period}")
    assert "Đúng hạn 40" in ranked and "Mức độ hài lòng 60" in ranked and "Phiếu &lt;quý&gt; IV" in ranked
    assert f"{0.4 * 100 / 3 + 0.6 * 75:.2f}".replace(".", ",") in ranked
    browser.get("/reports/delays.zip?dossier=H37.24-20261124-0999999", 404)
    browser.get("/reports/delays.zip?from=2020-01-01&until=2020-01-02", 404)
    assert browser.get(f"/reports?report=sectors&{period}&as=csv").splitlines()[1].startswith('"G09-X79",7,')


@pytest.mark.parametrize("words, status, says", [
    (["agency"], 64, "agencies, sectors"), (["ranking"], 64, "--level"), (["agencies", "--from", "2026-11-31"], 64, "date"),
    (["agencies", "--dossiers", "name"], 64, "name"), (["agencies", "--of", "x"], 64, "--dossiers"), (["agencies", "--sort", "x"], 64, "column"), (["agencies", "--from", "2100-01-01"], 64, "before its first"),
    (["agencies", "--signed", "x.zip"], 64, "delays"), (["delays", "--dossier", "x"], 64, "--signed"),
    (["agencies", "-o", "x.doc"], 64, ".csv"), (["agencies", "--database", "/nowhere"], 66, "projection")])
def test_what_is_no_report(site, words, status, says):
    done = subprocess.run([site.cli_bin, "report", *words, "--sandbox", site.folder], capture_output=True, text=True)
    assert done.returncode == status and says in done.stderr, done.stderr


def test_the_office_above_is_told(site):
    above = "H37"  # of DISTRICT and DEPARTMENT
    site.start_adapter(above)
    moved = subprocess.run([site.cli_bin, "sandbox", "clock", site.folder, "+7calendar_days"], capture_output=True, text=True)
    assert moved.returncode == 0, moved.stderr
    api, end = site.api(above), time.monotonic() + 30
    while True:
        items = api.call("GET", "/v1/inbox?limit=100")[1]["items"]
        if any(item["kind"] == "DIGEST" for item in items) or time.monotonic() > end:
            break
        time.sleep(0.1)
    assert "OVERDUE" in {item["kind"] for item in items}
    digest = next(item for item in items if item["kind"] == "DIGEST")
    assert digest["dossier"] is None and digest["digest"]["all"]["overdue"] >= 1
    tallies = {tally["agency"]: tally for tally in digest["digest"]["tallies"]}
    assert tallies[DISTRICT]["overdue"] >= 1 and digest["digest"]["agencies"] == len(tallies)
    whole = api.call("GET", f"/v1/inbox/{digest['number']}")[1]
    assert whole["digest"] == digest["digest"] and "cấp dưới" in whole["reason"]
    assert api.call("GET", f"/v1/inbox/{digest['id']}")[1]["number"] == digest["number"]
    assert api.call("GET", "/v1/dossiers?limit=100")[0] == 200
