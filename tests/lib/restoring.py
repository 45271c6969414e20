"""A broker that loses what came after its backup."""
import shutil
import subprocess
import time


def lose(site, change):
    """A backup, then the change, then the loss of all data, and the backup's return."""
    backup = site.folder / "backup"
    site.cli("backup", str(backup), "--operator", "an", "--reason", "hằng ngày")
    change()
    time.sleep(1.5)  # adapters are told within a second
    site.broker.stop()
    shutil.rmtree(site.folder / "broker/data")
    done = subprocess.run([site.cli_bin, "restore", str(backup), str(site.folder / "broker/data")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    site.start_broker()


def wait_restored(site, wanted, timeout=40):
    end = time.monotonic() + timeout
    while (now := site.cli("status")["restored"]) != wanted:
        assert time.monotonic() < end, f"{now}, not {wanted}"
        time.sleep(0.2)


def lists(site):
    return {one["sha256"] for one in site.cli("crl", "list")["lists"]}
