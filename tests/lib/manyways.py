"""Many dossiers over every way that the rules know, by a seed: whose acts are signed by the Python client, an agency's of one round in one batch, and between two
rounds the legal time of the sandbox goes on. Nothing of what is counted is remembered: who counts reads the journal (tests/lib/counted.py)."""
import datetime
import json
import random
import time

from pyclient import Client, envelope
from pycontrol import ask
from pyflow import batch
from pywire import control_pb, envelope_pb, record_pb

NORTH, SOUTH, WEST, MERGED = "H37.24.03", "H37.28.05", "H57.21.04", "H37.24.09"
DEPARTMENT, OTHER, TAX, PROVINCE = "H37.16", "H37.13", "G12.18.37", "H37"
AGENCIES = {NORTH: ("commune", "H37"), SOUTH: ("commune", "H37"), WEST: ("commune", "H37"), DEPARTMENT: ("department", "H37"), OTHER: ("department", "H37"),
            TAX: ("department", ""), PROVINCE: ("province", "")}
CHANNEL = [0, 1, 2, 3]


def leg(name, agency, kind, limit=None, **more):
    return {"id": name, "name": name, "name_en": name, "agency": agency, "kind": kind, **({"limit": limit} if limit else {}), **more}


def procedure(code, version, sector, total, legs, begin="2025-01-01", end=None, **more):
    return {"code": code, "version": version, "name": f"Thủ tục {code} bản {version}", "name_en": code, "sector": sector, "valid_from": begin, "valid_to": end,
            "total": total, "source": "kiểm thử", "lead": DEPARTMENT, "legs": legs, **more}


HALF, ONE = "0.5 working_days", "1 working_days"
FORKED = [leg("nhan", "origin", "receive", HALF, next=["xem"], supplements=1, policy="SUSPEND"),
          leg("xem", DEPARTMENT, "consult", ONE, next=["ky", "thue"], supplements=2, policy="SUSPEND", consult={"ask": [OTHER], "limit": ONE}),
          leg("ky", PROVINCE, "approve", ONE, next=["tra"]), leg("thue", TAX, "approve", HALF, next=["tra"]), leg("tra", "origin", "return", HALF)]
PLAIN = [leg("nhan", "origin", "receive", HALF, next=["lam"]),
         leg("lam", DEPARTMENT, "process", ONE, next=["soat"], supplements={"times": 1, "limit": "2 working_days"}),
         leg("soat", DEPARTMENT, "process", HALF, next=["ky"]), leg("ky", PROVINCE, "approve", ONE, next=["tra"], on_refusal="lam"),
         leg("tra", "origin", "return", HALF)]
QUICK = [leg("nhan", "origin", "receive", HALF, next=["ky"]), leg("ky", DEPARTMENT, "approve", ONE, next=["tra"]), leg("tra", "origin", "return")]
WITHDRAW = {"withdraw": {"by": ["origin"], "until": "tra"}}


def procedures(second_version_from):
    return [procedure("9.000101", 1, "G09-A", "4 working_days", FORKED, **WITHDRAW),
            procedure("9.000102", 1, "G09-B", "4 working_days", PLAIN, end=second_version_from, **WITHDRAW),
            procedure("9.000102", 2, "G09-C", "3 working_days", PLAIN, begin=second_version_from, **WITHDRAW),
            procedure("9.000103", 1, "G09-A", "2 working_days", QUICK, **WITHDRAW)]


class Refused(Exception):
    pass


class Dossier:
    """What its agencies know of it: where its branches are."""

    def __init__(self, ways, code, origin, channel):
        self.ways, self.code, self.origin, self.channel = ways, code, origin, channel
        self.at, self.last, self.version = {}, {}, 1  # branch -> its version; the newest id by what was sent

    def act(self, kind, sender, to, branch=1, **more):
        """One envelope as the driver sends it; the answer is what `yield` of it gives."""
        return {"kind": kind, "sender": sender, "to": [to] if isinstance(to, (str, tuple)) else to, "branch": branch, **more}


class Ways:
    """The offices of a sandbox, and what goes between them."""

    def __init__(self, site, seed):
        self.site, self.random, self.clients, self.running, self.follows = site, random.Random(seed), {}, [], {}
        self.control, self.round, self.count = site.folder / "broker/control.sock", 0, 0

    def connect(self, code):
        client = self.clients[code] = Client.of_sandbox(self.site.folder, code)
        client.connect()

    def who(self, agency):
        return self.follows.get(agency, agency)

    def legal(self):
        return ask(self.control, control_pb.ControlRequest(time=control_pb.TimeRequest())).time.legal

    # ---- rounds ----

    def begin(self, way, origin, day, **more):
        """A dossier that goes the way from the next round on; its code is of that day."""
        self.count += 1
        code = f"{origin}-{day:%Y%m%d}-{self.count:07d}"
        dossier = Dossier(self, code, origin, self.random.choice(CHANNEL))
        self.running.append((self.round, way(dossier, self.random, **more), dossier, None))

    def header(self, dossier, act):
        client, act = self.clients[self.who(act["sender"])], dict(act)
        kind, sender, to, branch = act.pop("kind"), self.who(act.pop("sender")), act.pop("to"), act.pop("branch")
        to = [(self.who(one), "") if isinstance(one, str) else (self.who(one[0]), one[1]) for one in to]
        if kind != "OPEN":
            act.update(branch=branch, branch_version=dossier.at.get(branch, 1))
        if act.get("in_reply_to") in dossier.last:
            act["in_reply_to"] = dossier.last[act["in_reply_to"]]
        return client.header(kind, sender, dossier.code, to, **act)

    def play(self):
        """One act of each dossier whose turn it is; each agency signs once."""
        ready = [one for one in self.running if one[0] <= self.round]
        self.running = [one for one in self.running if one[0] > self.round]
        lots = {}
        for _, way, dossier, answer in ready:
            try:
                act = way.send(answer)
            except StopIteration:
                continue
            if isinstance(act, int):  # so many rounds nothing
                self.running.append((self.round + act, way, dossier, None))
                continue
            header = self.header(dossier, act)
            lots.setdefault(header.sender, []).append((way, dossier, act, header))
        for sender, lot in lots.items():
            self.send(sender, lot)
        self.round += 1

    def send(self, sender, lot):
        client = self.clients[sender]
        headers = [header.SerializeToString() for _, _, _, header in lot]
        signed = batch(client, headers, sender)
        answers = client.submit([envelope(h, s) for h, s in zip(headers, signed)])
        for (way, dossier, act, header), answer in zip(lot, answers):
            if not answer.admitted:
                raise Refused(f"{dossier.code}: {act}: {answer} {answer.detail}")
            if answer.branch:
                dossier.at[answer.branch] = answer.branch_version
            dossier.last[act["kind"]] = header.id
            self.running.append((self.round + 1, way, dossier, answer))

    def take(self):
        """What has come is on their disks."""
        for code, client in self.clients.items():
            newest = 0
            while client.socket.poll(0):
                client.next()
            while client.items:
                newest = max(newest, client.items.popleft()[1].number)
            if newest:
                client.received(code, newest)
                client.credit(code)

    def move(self, to):
        """The legal time goes on to there, as `lienthong sandbox clock` does it: no further than the first due time, until nothing is due any more."""
        to, end = int(to.timestamp() * 1e6), time.monotonic() + 60
        while True:
            now = ask(self.control, control_pb.ControlRequest(time=control_pb.TimeRequest())).time
            if now.legal >= to and not 0 < now.due < now.legal:
                return
            assert time.monotonic() < end, now
            if now.due == 0 or now.due >= now.legal:
                act = control_pb.AdminRequest(act=record_pb.ADMIN_SANDBOX_CLOCK, operator="an", reason="đếm", time=to)
                answer = ask(self.control, control_pb.ControlRequest(admin=act))
                assert not answer.reason, answer
            else:
                time.sleep(0.002)


# ---- ways: each yields an act, or for how many rounds nothing is done ----

def a_while(r):
    return r.choice([0, 0, 1, 1, 2, 3, 6])


def late_reason(r):
    return {"late_reason": envelope_pb.LateReason(code=r.choice(["thieu-nguoi", "mua-lu"]), words="nghỉ")} if r.random() < 0.3 else {}


def opened(d, r, procedure_code, version=1, **more):
    yield d.act("OPEN", d.origin, d.origin, procedure=procedure_code, procedure_version=version, channel=d.channel, **more)
    yield a_while(r)


def offered(d, r, kind, sender, to, branch=1, **more):
    """Sent and taken; sometimes refused or recalled before."""
    for again in (r.random() < 0.1, False):
        yield d.act(kind, sender, [to], branch, **more, **late_reason(r))
        yield a_while(r)
        if again and kind == "FORWARD":
            back = r.choice([("REFUSE", to[0], sender), ("RECALL", sender, to[0])])
            yield d.act(back[0], back[1], back[2], branch, in_reply_to=kind, reason="thử lại")
        else:
            break
    yield d.act("ACCEPT", to[0], sender, branch, in_reply_to=kind)
    yield a_while(r)


def papers(d, r, holder, goes_on):
    yield d.act("REQUEST_SUPPLEMENT", holder, d.origin, reason="thiếu", items=["giấy khai sinh"])
    yield a_while(r) % 3  # before they are missed
    yield d.act("SUPPLEMENT", d.origin, goes_on, in_reply_to="REQUEST_SUPPLEMENT")
    yield a_while(r)


def fee(d, r, holder):
    yield d.act("REQUEST_FEE", holder, d.origin, amount=50000)
    yield a_while(r)
    yield d.act("FEE_PAID", d.origin, holder, in_reply_to="REQUEST_FEE", amount=50000)
    yield a_while(r)


def stopped(d, r, holder):
    yield d.act("STOP", holder, d.origin, reason="chờ")
    yield a_while(r)
    yield d.act("RESUME", DEPARTMENT, d.origin, reason="tiếp")
    yield a_while(r)


def withdrawn(d, r, holder):
    yield d.act("WITHDRAW", d.origin, DEPARTMENT, reason="người dân rút")
    yield a_while(r)
    if r.random() < 0.3:
        yield d.act("RESUME", DEPARTMENT, d.origin, reason="không rút nữa")
        yield a_while(r)
        return
    yield d.act("STOP", DEPARTMENT, d.origin, reason="đồng ý")
    yield a_while(r)
    yield d.act("HANDED_OVER", holder, d.origin)
    raise StopDossier


class StopDossier(Exception):
    pass


def trouble(d, r, holder, goes_on=None):
    """Something between; papers only where the leg has a request."""
    if r.random() > 0.4:
        return
    what = r.choice([fee, stopped, withdrawn, papers] if goes_on else [fee, stopped, withdrawn])
    yield from papers(d, r, holder, goes_on) if what == papers else what(d, r, holder)


def forked(d, r):
    yield from opened(d, r, "9.000101")
    if r.random() < 0.2:
        yield from papers(d, r, d.origin, d.origin)
    yield from offered(d, r, "FORWARD", d.origin, (DEPARTMENT, "xem"))
    if r.random() < 0.6:
        yield d.act("CONSULT", DEPARTMENT, OTHER)
        yield a_while(r)
        if r.random() < 0.6:
            yield d.act("OPINION", OTHER, DEPARTMENT, in_reply_to="CONSULT", agree=envelope_pb.AGREEMENT_YES)
    yield from trouble(d, r, DEPARTMENT, DEPARTMENT)
    yield d.act("FORWARD", DEPARTMENT, [(PROVINCE, "ky"), (TAX, "thue")], reason="không chờ", **late_reason(r))
    d.at.update({2: 2, 3: 2})
    both = [(2, PROVINCE), (3, TAX)]
    r.shuffle(both)
    for branch, agency in both:
        yield d.act("ACCEPT", agency, DEPARTMENT, branch, in_reply_to="FORWARD")
        yield a_while(r)
    r.shuffle(both)
    for branch, agency in both:
        yield d.act("RESULT", agency, [(d.origin, "tra")], branch, **late_reason(r))
        yield a_while(r)
    yield d.act("ACCEPT", d.origin, both[1][1], both[1][0], in_reply_to="RESULT")
    yield a_while(r)
    yield d.act("HANDED_OVER", d.origin, d.origin, both[1][0])


def plain(d, r, version):
    yield from opened(d, r, "9.000102", version)
    yield from offered(d, r, "FORWARD", d.origin, (DEPARTMENT, "lam"))
    if r.random() < 0.2:  # anew, from the first leg on
        yield from papers(d, r, DEPARTMENT, d.origin)
        yield from offered(d, r, "FORWARD", d.origin, (DEPARTMENT, "lam"))
    elif r.random() < 0.2:  # not brought
        yield d.act("REQUEST_SUPPLEMENT", DEPARTMENT, d.origin, reason="thiếu", items=["giấy khai sinh"])
        yield 11
        yield d.act("RESUME", DEPARTMENT, d.origin, reason="tiếp")
    else:
        yield from trouble(d, r, DEPARTMENT)
    holder = DEPARTMENT
    if r.random() < 0.3:
        holder = OTHER
        yield from offered(d, r, "TRANSFER", DEPARTMENT, (OTHER, "lam"), reason="việc của sở kia")
    if holder == OTHER:
        yield from offered(d, r, "FORWARD", holder, (DEPARTMENT, "soat"))
    else:
        yield d.act("FORWARD", holder, [(DEPARTMENT, "soat")])
        yield a_while(r)
    yield from offered(d, r, "FORWARD", DEPARTMENT, (PROVINCE, "ky"))
    yield from trouble(d, r, PROVINCE)
    if r.random() < 0.2:
        yield from offered(d, r, "RETURN", PROVINCE, (DEPARTMENT, "soat"), reason="xem lại")
        yield from offered(d, r, "FORWARD", DEPARTMENT, (PROVINCE, "ky"))
    yield from offered(d, r, "RESULT", PROVINCE, (d.origin, "tra"))
    if r.random() < 0.2:
        yield d.act("RECALL", DEPARTMENT, PROVINCE, in_reply_to="RESULT", reason="sai tên")
        yield a_while(r)
        if r.random() < 0.3:
            yield from withdrawn(d, r, PROVINCE)
        yield from offered(d, r, "RESULT", PROVINCE, (d.origin, "tra"))
    yield d.act("HANDED_OVER", d.origin, d.origin)


def quick(d, r, **more):
    yield from opened(d, r, "9.000103", **more)
    if more:
        if r.random() < 0.3:
            yield d.act("REJECT", d.origin, d.origin, reason="không thuộc thẩm quyền")
            return
        yield d.act("RECEIVE", d.origin, d.origin)
        yield a_while(r)
    yield from offered(d, r, "FORWARD", d.origin, (DEPARTMENT, "ky"))
    yield from trouble(d, r, DEPARTMENT)
    yield from offered(d, r, "RESULT", DEPARTMENT, (d.origin, "tra"))
    yield d.act("HANDED_OVER", d.origin, d.origin)


def carried(d, r, before, done):
    """Begun before the exchange was there, at the second leg by now; or its result is made."""
    at = lambda days: int((before - datetime.timedelta(days=days)).timestamp() * 1e6)
    times = {"opened_at": at(10), "received_at": at(9), "since": at(2 if done else 6), **({"done_at": at(r.choice([3, 7]))} if done else {})}
    yield d.act("OPEN", d.origin, [(d.origin, "tra") if done else (DEPARTMENT, "ky")], procedure="9.000103", procedure_version=1, channel=d.channel,
                carried=envelope_pb.Carried(**times))
    yield a_while(r)
    if not done:
        yield d.act("ACCEPT", DEPARTMENT, d.origin, in_reply_to="OPEN")
        yield a_while(r)
        yield from offered(d, r, "RESULT", DEPARTMENT, (d.origin, "tra"))
    yield a_while(r)
    yield d.act("HANDED_OVER", d.origin, d.origin)


def some_way(d, r):
    """One of them, which may be left off anywhere."""
    way = r.choice([forked, forked, plain, plain, quick, lambda d, r: quick(d, r, received=False)])
    acts = way(d, r, d.version) if way == plain else way(d, r)
    left, answer = r.choice([3, 6, 10, 99, 99, 99]), None
    try:
        while left:
            act = acts.send(answer)
            answer = yield act
            left -= not isinstance(act, int)
    except (StopIteration, StopDossier):
        return
