"""A case as the clerks of three offices handle it, over the adapters' HTTP API."""
import time

from deployment import Failed

DISTRICT, DEPARTMENT, MINISTRY = "H37.24", "H37.11", "G09"
PROCEDURE = ("1.010828", 1)
OF_ANYBODY = ("2.000488", 1)  # whoever receives it opens it
FINAL = ("admitted", "accepted", "refused", "rejected")


class Case:
    def __init__(self, site, code):
        self.site, self.code = site, code

    def post(self, sender, kind, to, key=None, **more):
        if kind == "OPEN":  # an office that takes it in; what is only registered says so
            more.setdefault("received", True)
        envelope = {"kind": kind, "dossier": self.code, "to": [{"agency": a} if isinstance(a, str) else a for a in to], **more}
        return self.site.api(sender).post(envelope, key=key)["id"]

    def settled(self, sender, envelope_id, timeout=60):
        return self.site.api(sender).wait_state(envelope_id, FINAL, timeout)

    def admitted(self, sender, envelope_id, timeout=60):
        state = self.settled(sender, envelope_id, timeout)
        if state["state"] == "rejected":
            raise Failed(f"{sender}: {state}")
        return state

    def open(self, sender=DISTRICT, **more):
        code, version = PROCEDURE if sender == DISTRICT else OF_ANYBODY
        opened = self.post(sender, "OPEN", [sender], **{"procedure": code, "procedure_version": version, **more})
        self.admitted(sender, opened)
        return opened

    def item(self, receiver, envelope_id, timeout=60):
        return self.site.api(receiver).wait_item(lambda i: i["id"] == envelope_id, timeout=timeout)

    def accept(self, receiver, envelope_id, timeout=60):
        self.item(receiver, envelope_id, timeout)
        accepted = self.site.api(receiver).accept(envelope_id)["id"]
        self.admitted(receiver, accepted, timeout)
        return accepted

    def offer(self, sender, receiver, **more):
        """Offers as the route of PROCEDURE has it: the ministry's result leads on, and from the department it goes back; its id."""
        kind = {(DEPARTMENT, DISTRICT): "RETURN", (MINISTRY, DEPARTMENT): "RESULT"}.get((sender, receiver), "FORWARD")
        if kind == "RETURN":
            more = {"reason": "Bổ sung trích lục", **more}
        return self.post(sender, kind, [receiver], **more)

    def hand_off(self, sender, receiver, kind=None, **more):
        """Offers and accepts; returns the offer's id."""
        offer = self.post(sender, kind, [receiver], **more) if kind else self.offer(sender, receiver, **more)
        self.admitted(sender, offer)
        self.accept(receiver, offer)
        self.site.api(sender).wait_state(offer, ("accepted",), 60)
        return offer

    def view(self, agency=DISTRICT, timeout=20):
        """The broker's view, asked through the agency's adapter."""
        end = time.monotonic() + timeout
        while True:
            status, answer = self.site.api(agency).dossier(self.code)
            if status == 200 and answer.get("source") != "local":
                return answer
            if time.monotonic() > end:
                raise Failed(f"no view of {self.code}: {status} {answer}")
            time.sleep(0.1)

    def holder(self):
        return self.site.cli("dossier", "show", self.code)["legs"][0]["holder"]

    def hops(self):
        return self.site.cli("trace", self.code)["hops"]
