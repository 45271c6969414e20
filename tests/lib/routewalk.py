"""A dossier on the route of its procedure file, act by act over the adapters' HTTP API. Who does a leg is read from the file here and
compared with what the broker says is next: two readings of one route."""
import json

import officetime
from deployment import Failed, ROOT
from office import Case

PROCEDURES = ROOT / "conf" / "procedures"
AGENCIES = ROOT / "conf" / "agencies.json"


class Route:
    """One procedure file, of the newest version; roles are resolved for one origin and its fields."""

    def __init__(self, code, origin, fields):
        self.file = max((json.loads(file.read_text()) for file in PROCEDURES.glob(f"{code}-v*.json")), key=lambda one: one["version"])
        self.code, self.version, self.origin, self.fields = code, self.file["version"], origin, fields
        self.legs = {leg["id"]: leg for leg in self.file["legs"]}
        self.agencies = {a["code"]: a for a in json.loads(AGENCIES.read_text())["agencies"]}
        self.lead = self.who(self.file["lead"])

    def who(self, role):
        if role == "origin":
            return self.origin
        if role == "parent(origin)":
            return self.agencies[self.origin]["parent"]
        if role == "province(origin)":
            at = self.origin
            while self.agencies[at]["level"] != "province":
                at = self.agencies[at]["parent"]
            return at
        if role == "lead":
            return self.lead
        return self.fields[role.removeprefix("field:")] if role.startswith("field:") else role

    def agency(self, leg):
        return self.who(self.legs[leg]["agency"])

    def consulted(self, leg):
        return [self.who(role) for role in self.legs[leg]["consult"]["ask"]]

    def next(self, leg):
        return [(self.agency(n), n) for n in self.legs[leg].get("next", [])]

    def to(self, leg):
        return {"agency": self.agency(leg), "leg": leg}

    def all(self):
        """Every agency that the route or one of its consultations names."""
        asked = {a for leg in self.legs.values() for a in map(self.who, leg.get("consult", {}).get("ask", []))}
        return {self.origin, self.lead, *asked, *map(self.agency, self.legs)}


class Walk(Case):
    def __init__(self, site, route, number):
        super().__init__(site, officetime.dossier_code(route.origin, number))
        self.route, self.origin = route, route.origin

    def act(self, sender, kind, to, **more):
        """Posts, and waits until the broker has it on disk; returns its id."""
        sent = self.post(sender, kind, to, **more)
        self.admitted(sender, sent)
        return sent

    def look(self):
        return self.view(self.origin)

    def status(self):
        return self.look()["status"]

    def branch(self, leg):
        """The open branch at the leg, held by the leg's agency; what the broker says is next is what the file says."""
        view = self.look()
        found = [v for v in view["legs"] if v["leg"] == leg and v["custody"] == "held"]
        if len(found) != 1:
            raise Failed(f"{self.code}: {len(found)} held branches at {leg}: {view['branches']}")
        branch = found[0]
        assert branch["holder"] == self.route.agency(leg), (leg, branch)
        assert sorted((n["agency"], n["leg"]) for n in branch["next"]) == sorted(self.route.next(leg)), (leg, branch)
        assert (branch["clock"]["due_lawful"] is not None) == (not {"limit", "until"}.isdisjoint(self.route.legs[leg])), (leg, branch)
        return branch

    def start(self):
        first = self.route.file["legs"][0]["id"]
        self.act(self.origin, "OPEN", [self.origin], procedure=self.route.code, procedure_version=self.route.version,
                 fields=self.route.fields, subject=self.route.file["name"][:200], body={"hoTen": "Nông Thị Ổn"})
        view = self.look()
        assert (view["status"], view["lead"], view["fields"]) == (2, self.route.lead, self.route.fields), view
        assert view["clock"]["due_first"] == view["clock"]["due_lawful"], view["clock"]
        self.branch(first)

    def offer(self, leg, *to, kind="FORWARD", **more):
        """The leg's agency sends on to the legs named: several are a fork."""
        return self.act(self.route.agency(leg), kind, [self.route.to(n) for n in to], **more)

    def go(self, leg, *to, kind="FORWARD", **more):
        """Offered and accepted by each, in this order."""
        self.branch(leg)
        offer = self.offer(leg, *to, kind=kind, **more)
        for one in to:
            self.accept(self.route.agency(one), offer)
            self.branch(one)
        return offer

    def step(self, leg, to, kind="FORWARD"):
        """To another leg of the same agency: nobody has to take it."""
        self.branch(leg)
        self.offer(leg, to, kind=kind)
        self.branch(to)

    def join(self, leg, to, kind="FORWARD"):
        """A parallel leg that ends before the others: it is delivered, and waits."""
        self.branch(leg)
        sent = self.offer(leg, to, kind=kind)
        self.item(self.route.agency(to), sent)
        held = [v["leg"] for v in self.look()["legs"] if v["custody"] == "held"]
        assert leg not in held and to not in held, self.look()["legs"]

    def supplement(self, leg, papers, goes_on_at=None):
        """Asked for by the leg's agency, brought through the origin; the clocks stand meanwhile."""
        before, holder = self.look(), self.route.agency(leg)
        policy = self.route.legs[leg].get("policy", "RESTART")
        asked = self.act(holder, "REQUEST_SUPPLEMENT", [self.origin], items=papers, reason="Thành phần hồ sơ chưa đủ")
        view = self.look()
        assert view["status"] == 5 and view["supplements"] == before["supplements"] + 1, view
        assert view["clock"]["suspended"], view["clock"]
        if holder != self.origin:
            assert self.item(self.origin, asked)["kind"] == "REQUEST_SUPPLEMENT"
        again = self.route.agency(goes_on_at or leg)
        part = self.site.api(self.origin).put_part(b"%PDF-1.4 b\xe1\xbb\x95 sung")
        brought = self.act(self.origin, "SUPPLEMENT", [again], in_reply_to=asked,
                           parts=[{"sha256": part["sha256"], "name": "bo-sung.pdf", "media_type": "application/pdf"}])
        if again != self.origin:
            assert self.item(again, brought)["in_reply_to"] == asked
        self.branch(goes_on_at or leg)
        view = self.look()
        moved = goes_on_at not in (None, leg)
        assert view["status"] == (2 if moved and policy == "RESTART" else before["status"]), view
        assert not view["clock"]["suspended"], view["clock"]
        assert view["clock"]["due_first"] == before["clock"]["due_first"], view["clock"]
        assert view["clock"]["due_lawful"] >= before["clock"]["due_lawful"], view["clock"]

    def fee(self, leg, amount):
        """Asked for by the leg's agency, paid through the origin; the time does not count."""
        before, holder = self.look(), self.route.agency(leg)
        asked = self.act(holder, "REQUEST_FEE", [self.origin], amount=amount)
        view = self.look()
        assert view["status"] == 6 and view["clock"]["suspended"], view
        if holder != self.origin:
            self.item(self.origin, asked)
        paid = self.act(self.origin, "FEE_PAID", [holder], in_reply_to=asked, amount=amount)
        if holder != self.origin:
            self.item(holder, paid)
        view = self.look()
        assert view["status"] == before["status"] and not view["clock"]["suspended"], view
        assert view["clock"]["due_first"] == before["clock"]["due_first"], view["clock"]
        assert view["clock"]["due_lawful"] >= before["clock"]["due_lawful"], view["clock"]

    def consult(self, leg):
        """All whom the file names, in one envelope, which the adapter addresses; returns its id."""
        holder, asked = self.route.agency(leg), self.route.consulted(leg)
        held = next(v for v in self.look()["legs"] if v["custody"] == "held")
        assert held["consult"] == {"ask": asked, "limit": self.route.legs[leg]["consult"]["limit"]}, held
        sent = self.act(holder, "CONSULT", [])
        assert next(v for v in self.look()["legs"] if v["custody"] == "held")["consult"] is None
        for agency in asked:
            item = self.item(agency, sent)
            assert item["kind"] == "CONSULT" and not item["offer"], item
        record = self.look()["consults"][-1]
        assert record["id"] == sent and record["asked_by"] == holder, record
        assert record["on_silence"] == self.route.legs[leg]["on_silence"].lower(), record
        assert self.answers() == dict.fromkeys(asked)
        assert all(a["due"] > record["answers"][0]["due"][:10] for a in record["answers"]), record
        return sent

    def opinion(self, leg, agency, consult, agree=True):
        holder = self.route.agency(leg)
        told = self.act(agency, "OPINION", [holder], in_reply_to=consult, agree=agree, body={"yKien": "Ý kiến"},
                        reason="" if agree is True else "Chưa phù hợp quy hoạch sử dụng đất")
        self.item(holder, told)

    def answers(self):
        return {a["agency"]: a["agree"] for a in self.look()["consults"][-1]["answers"]}

    def hand_over(self, leg):
        """The results are made, and handed to the applicant."""
        agency = self.route.agency(leg)
        assert self.status() == 9
        self.act(agency, "HANDED_OVER", [agency])
