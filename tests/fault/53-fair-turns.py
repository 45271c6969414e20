"""One envelope in flight beside three agencies that keep their whole credit in use."""
import subprocess


def test_one_envelope_does_not_wait_for_others_queues(site):
    """The bench of fairness, short: loose bounds, since machines that run tests do other things too. With one queue for all the ratio was
    over 50."""
    bench = site.build / "bin/lienthong-bench"
    said = subprocess.run([bench, "fair", "3"], check=True, capture_output=True, text=True, timeout=200).stdout
    figures = {line.split("\t")[0]: float(line.split("\t")[1]) for line in said.splitlines()}
    assert figures["fair.flood.rate"] > 100, figures
    assert figures["fair.ratio"] < 12, figures
