"""Fixtures of the end-to-end and the fault tests: a sandbox of its own for each test, with everything stopped at the end."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import officetime  # noqa: E402
from deployment import Deployment  # noqa: E402
from office import Case, DEPARTMENT, DISTRICT, MINISTRY  # noqa: E402
from pyclient import Client  # noqa: E402
from pyflow import Log  # noqa: E402


@pytest.fixture
def site(tmp_path):
    with Deployment(tmp_path / "s") as deployment:
        yield deployment


@pytest.fixture
def running(site):
    """The broker and the adapters of district, department and ministry."""
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT, MINISTRY):
        site.start_adapter(code)
    return site


@pytest.fixture
def new_case(site):
    """new_case() -> Case with a dossier code of its own."""
    made = []

    def make():
        made.append(None)
        return Case(site, officetime.dossier_code(DISTRICT, len(made)))
    return make


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    """A broker that the tests of one file share."""
    with Deployment(tmp_path_factory.mktemp("shared") / "sandbox") as made:
        made.start_broker()
        yield made


@pytest.fixture(scope="module")
def log_of(deployment):
    return lambda: Log(deployment.broker)


@pytest.fixture
def client(deployment):
    """A session of the district with the shared broker, each test its own, so that a case cannot hurt the next. A new agency each
    time would be slow: the refusals that are recorded have a budget, and the cases stay far below it."""
    with Client.of_sandbox(deployment.folder, DISTRICT) as made:
        made.connect()
        yield made
