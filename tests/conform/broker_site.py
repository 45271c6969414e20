"""Where the broker that is checked is, and the agencies that speak to it."""
import json
import pathlib
import time

import officetime
from pyclient import Bye, Client, Silence
from pywire import Refused
from suite import Broken, need

PATIENCE = 15.0  # seconds for what must come
QUIET = 0.4  # seconds for what must not come
SANDBOX = {"sender": "H37.24", "recipient": "H37.11", "outsider": "H37.12", "procedure": "1.010828", "procedure_version": 1, "leg": "doi-chieu"}


class Site:
    """Where the broker is, and the keys of the three agencies. `hear`: what is done to each frame of it before it is read."""

    def __init__(self, place, hear=lambda frame: frame):
        self.hear = hear
        place = pathlib.Path(place)
        self.base = place if place.is_dir() else place.parent
        self.told = self.of_sandbox(place) if place.is_dir() else json.loads(place.read_text())
        self.code = {role: self.told[role]["code"] for role in ("sender", "recipient", "outsider")}
        self.numbers = iter(range(int(time.time() * 100) % 9900000, 10**7))  # not those of a run before

    @staticmethod
    def of_sandbox(folder):
        info = json.loads((folder / "sandbox.json").read_text())

        def agency(code):
            home = f"adapters/{code}"
            return {"code": code, "key": f"{home}/key.pem", "cert": f"{home}/cert.pem", "curve_public": f"{home}/curve.public",
                    "curve_secret": f"{home}/curve.secret"}
        roles = {role: agency(SANDBOX[role]) for role in ("sender", "recipient", "outsider")}
        return {**SANDBOX, **roles, "endpoint": info["endpoint"], "domain": info["domain"], "broker_key": "broker/curve.public",
                "ca": "genesis/ca.pem", "registrar": "genesis/registrar.pem", "crl": "genesis/crl.der"}

    def client(self, role, agencies=None, curve=None):
        one, at = self.told[role], lambda name: self.base / name
        keys = {self.told[r]["code"]: (at(self.told[r]["key"]), at(self.told[r]["cert"])) for r in ("sender", "recipient", "outsider")}
        curve = curve or (at(one["curve_public"]).read_text(), at(one["curve_secret"]).read_text())
        made = Client(self.told["endpoint"], self.told["domain"], at(self.told["broker_key"]).read_text(), curve,
                      {code: keys[code] for code in agencies or [one["code"]]}, at(self.told["ca"]), at(self.told["registrar"]), at(self.told["crl"]))
        made.every, made.hear = keys, self.hear
        return made

    def dossier(self):
        return officetime.dossier_code(self.code["sender"], next(self.numbers))

    def open(self, client, dossier=None, to=None, **more):
        return client.make("OPEN", self.code["sender"], dossier or self.dossier(), [to or self.code["sender"]],
                           **{"procedure": self.told["procedure"], "procedure_version": self.told["procedure_version"], **more})


class Checker:
    def __init__(self, suite, site):
        self.suite, self.site = suite, site

    def trial(self, name, check):
        try:
            check()
            self.suite.put(name)
        except (Broken, Refused, AssertionError) as fault:
            self.suite.put(name, f"{fault}" or "it did not hold")
        except Bye as bye:
            self.suite.put(name, f"BYE {bye}")
        except Silence as silence:
            self.suite.put(name, f"silence: {silence}")
        except Exception as fault:  # noqa: BLE001: whatever a broken peer leads to is its fault, and the next check goes on
            self.suite.put(name, f"{type(fault).__name__}: {fault}")

    def new(self, role="sender", **more):
        return self.site.client(role, **more)

    def bye(self, name, client, **message):
        """After this message the session ends by that reason."""
        client.send(**message)
        said = client.expect_bye(PATIENCE)
        need(said == name, f"BYE {said}, not {name}")
